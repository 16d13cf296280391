#!/bin/sh
# System packages that the tests drive: browsers, databases, a TURN server, other media clients. Installs what is missing when run as
# root on Debian; otherwise says which command to run.
set -eu
missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v turnserver >/dev/null || missing="$missing coturn"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need:$missing. Please run: sudo apt-get install -y$missing" >&2
    exit 1
fi
echo "setup: installing$missing (apt-get)"
export DEBIAN_FRONTEND=noninteractive
# The packages' own servers must not start: the tests start private ones on free ports.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made=yes
fi
apt-get update -qq >/dev/null || true
status=0
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null || status=$?
[ -z "$made" ] || rm -f "$policy"
exit "$status"
