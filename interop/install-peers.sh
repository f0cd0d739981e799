#!/bin/sh
# Installs the third-party software that the tests of this repository use, where
# that is possible: programs on Debian as root, packages of Node.js where npm is.
# What is missing afterwards makes tests skip with the reason, or fail where
# HARNESS_REQUIRE names it.
set -u
cd "$(dirname "$0")" || exit 1

install_debian() {
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
		echo "not installed, and not root on Debian:$*" >&2
		return
	fi
	echo "installing $*"
	log=$(mktemp)
	if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
		tail -20 "$log" >&2
		echo "could not install $*" >&2
	fi
	rm -f "$log"
}

# The packages of a folder, as its package-lock.json pins them. None of them
# needs its install scripts.
install_node_packages() {
	if [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
		return
	fi
	if ! command -v npm >/dev/null 2>&1; then
		echo "not installed, and there is no npm: the packages of interop/$1" >&2
		return
	fi
	echo "installing the packages of interop/$1"
	log=$(mktemp)
	if ! (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1; then
		tail -20 "$log" >&2
		echo "could not install the packages of interop/$1" >&2
	fi
	rm -f "$log"
}

missing=""
for program in bash zsh fish mandoc curl openssl perl xmlsec1 chromium npm; do
	command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
command -v groff >/dev/null 2>&1 || missing="$missing groff-base"
command -v prove >/dev/null 2>&1 || missing="$missing perl"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v certutil >/dev/null 2>&1 || missing="$missing libnss3-tools"
# The server without Debian's service for it: nothing listens on port 80.
command -v /usr/sbin/apache2 >/dev/null 2>&1 || missing="$missing apache2-bin"
[ -e /usr/lib/apache2/modules/mod_auth_mellon.so ] || missing="$missing libapache2-mod-auth-mellon"
# The AWS CLI of Debian, version 2, whatever else is called aws.
[ -x /usr/bin/aws ] || missing="$missing awscli"
# A Docker engine, which with-docker.sh starts.
if ! docker version >/dev/null 2>&1; then
	command -v dockerd >/dev/null 2>&1 || missing="$missing docker.io"
	command -v iptables >/dev/null 2>&1 || missing="$missing iptables"
fi
command -v docker-compose >/dev/null 2>&1 || docker compose version >/dev/null 2>&1 || missing="$missing docker-compose"
[ -z "$missing" ] || install_debian $missing
install_node_packages nodesaml
install_node_packages awsazurelogin
install_node_packages samlp
install_node_packages scimmy
install_node_packages jackson
install_node_packages ../examples/node
exit 0
