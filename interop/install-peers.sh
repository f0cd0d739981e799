#!/bin/sh
# Installs the third-party software that the tests in this folder use, where
# that is possible: on Debian, as root. What is missing afterwards makes tests
# skip with the reason, or fail where HARNESS_REQUIRE names it.
set -u

missing=""
command -v xmlsec1 >/dev/null 2>&1 || missing="$missing xmlsec1"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
# The server without Debian's service for it: nothing listens on port 80.
command -v /usr/sbin/apache2 >/dev/null 2>&1 || missing="$missing apache2-bin"
[ -e /usr/lib/apache2/modules/mod_auth_mellon.so ] || missing="$missing libapache2-mod-auth-mellon"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "not installed, and not root on Debian:$missing" >&2
	exit 0
fi
echo "installing$missing"
log=$(mktemp)
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -20 "$log" >&2
	echo "could not install$missing" >&2
fi
rm -f "$log"
exit 0
