#!/bin/sh
# with-docker.sh COMMAND… runs a command with a Docker engine: the one that is
# there or, as root where dockerd is installed (Debian: docker.io), one of its own,
# which is gone afterwards with all that it kept. Without either the command runs
# all the same; HARNESS_DOCKERD_LOG then names what dockerd printed.
set -u
if [ $# = 0 ]; then
	echo "usage: with-docker.sh COMMAND…" >&2
	exit 1
fi
if docker version >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null 2>&1; then
	exec "$@"
fi

# Two engines of one machine would share a bridge and firewall rules: the second
# waits until the first has ended.
exec 9>/run/lock/harness-dockerd
flock 9

dir=$(mktemp -d /tmp/harness-dockerd.XXXXXX)
socket=$dir/docker.sock
HARNESS_DOCKERD_LOG=$dir/log
export HARNESS_DOCKERD_LOG
engine=""
command=""

# shellcheck disable=SC2329 # called by traps
stop() {
	trap '' INT TERM
	[ -z "$command" ] || kill "$command" 2>/dev/null
	[ -z "$engine" ] || { kill "$engine" 2>/dev/null && wait "$engine"; }
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The engine does not keep the lock, nor does what it starts.
dockerd --data-root "$dir/data" --exec-root "$dir/run" --pidfile "$dir/pid" -H "unix://$socket" >"$HARNESS_DOCKERD_LOG" 2>&1 9>&- &
engine=$!
tries=0
until DOCKER_HOST=unix://$socket docker version >/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ $tries = 120 ] || ! kill -0 "$engine" 2>/dev/null; then
		echo "dockerd does not run:" >&2
		tail -3 "$HARNESS_DOCKERD_LOG" >&2
		kill "$engine" 2>/dev/null && wait "$engine"
		engine=""
		break
	fi
	sleep 0.5
done
[ -z "$engine" ] || export DOCKER_HOST="unix://$socket"
"$@" 9>&- &
command=$!
wait "$command"
status=$?
command=""
exit "$status"
