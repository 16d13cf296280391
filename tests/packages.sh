#!/bin/sh
# System packages that the tests drive: browsers, databases, a TURN server, other media clients. Installs what is missing when run as
# root on Debian; otherwise says which command to run.
set -eu
missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v nginx >/dev/null || missing="$missing nginx"
command -v turnserver >/dev/null || missing="$missing coturn"
command -v firefox-esr >/dev/null || missing="$missing firefox-esr"
# webrtcbin with its codecs, and bindings for the system's Python
has_element() { gst-inspect-1.0 "$1" >/dev/null 2>&1; }
if ! { /usr/bin/python3 -c 'import gi; gi.require_version("GstWebRTC", "1.0")' 2>/dev/null \
    && has_element webrtcbin && has_element nicesrc && has_element x264enc && has_element vp8enc; }; then
    missing="$missing python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-tools gstreamer1.0-nice"
    missing="$missing gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
fi
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# What else is asked for by name (a benchmark's rival): programs that are called as their package is.
for extra in "$@"; do
    command -v "$extra" >/dev/null || missing="$missing $extra"
done
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
