#!/bin/sh
# Makes sure that the real programs which the tests start are on this machine: Mosquitto, gammu-smsd, Chromium, strace, InfluxDB,
# VictoriaMetrics, nginx, a Chinese font.
# As root it installs what is missing, without starting any service; otherwise it says what to type. Nothing when all is there.
# `system-packages.sh chaos` adds what only make chaos needs: network namespaces and packet loss.
set -eu

missing=
want() { # PACKAGE BINARY
    PATH=$PATH:/usr/sbin:/sbin command -v "$2" >/dev/null 2>&1 || missing="$missing $1"
}
want mosquitto mosquitto
want mosquitto-clients mosquitto_sub
want gammu-smsd gammu-smsd
want gammu-smsd gammu-smsd-inject
want chromium chromium
want openssl openssl
want strace strace
want influxdb influxd
want nginx-light nginx
want victoria-metrics victoria-metrics
if [ "${1-}" = chaos ]; then
    want gcc cc
    want libc6-dev cc
    want iproute2 ip
    want iproute2 tc
    want nftables nft
fi

library() { # PACKAGE FILE: below /usr/lib, in the folder of the machine's architecture
    [ -n "$(find /usr/lib -path "*/$2" -print -quit 2>/dev/null)" ] || missing="$missing $1"
}
# An RTSP server that we did not write, to play a camera. It runs in the system's own Python.
library gir1.2-gst-rtsp-server-1.0 girepository-1.0/GstRtspServer-1.0.typelib
library gstreamer1.0-plugins-base gstreamer-1.0/libgstvideotestsrc.so
library gstreamer1.0-plugins-good gstreamer-1.0/libgstrtp.so
library gstreamer1.0-plugins-ugly gstreamer-1.0/libgstx264.so
# gammu-smsd over SQLite, which keeps delivery receipts.
library libdbd-sqlite3 dbd/libdbdsqlite3.so
library python3-gi python3/dist-packages/gi/__init__.py

chinese_font() {
    for folder in /usr/share/fonts/truetype/wqy /usr/share/fonts/opentype/noto; do
        [ -z "$(find "$folder" \( -iname 'wqy-*' -o -iname '*CJK*' \) -print -quit 2>/dev/null)" ] || return 0
    done
    return 1
}
chinese_font || missing="$missing fonts-wqy-microhei"

[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086 # a list of words
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
line="apt-get install --no-install-recommends $missing"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "测试需要这些程序 / the tests need these programs (names of Debian 12): $missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo '测试会启动真正的程序，请先安装 / the tests start real programs; install them first:' >&2
    echo "  sudo $line" >&2
    exit 1
fi

echo "安装系统软件包 / installing system packages: $missing" >&2
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
    # Debian starts a service as soon as it is installed, unless this file says no: no broker may take port 1883 here.
    trap 'rm -f "$guard"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing >/dev/null
