#!/usr/bin/env bash
# Makes sure that what a target needs is there: installs it where that is allowed without asking
# anybody, else prints the exact command and fails.
set -euo pipefail

purpose=${1:-build}

command -v "${SWIFT:-swift}" >/dev/null || {
    echo "make: no Swift toolchain found; Roost needs Swift 6.3 or later: https://www.swift.org/install/linux/" >&2
    exit 1
}

missing=()
need() { # need COMMAND-THAT-SUCCEEDS-WHEN-PRESENT PACKAGES
    # shellcheck disable=SC2206 # one check may need two packages
    eval "$1" >/dev/null 2>&1 || missing+=($2)
}

need 'test -e /usr/include/openssl/sha.h' libssl-dev
need 'command -v curl' curl
if [ "$purpose" = test ]; then
    need 'command -v python3' python3
fi
if [ "$purpose" = bench ] || [ "$purpose" = peers ]; then
    need 'command -v wrk' wrk
    need 'command -v jq' jq
fi
if [ "$purpose" = guard ]; then
    need 'command -v valgrind' valgrind
fi
if [ "$purpose" = peers ]; then
    need 'command -v etcd' etcd-server
    need 'test -e /usr/share/java/zookeeper.jar && command -v java' zookeeper
    need 'command -v strip' binutils
    need 'command -v findmnt' util-linux
fi
if [ "$purpose" = deb ] || [ "$purpose" = deploy ]; then
    need 'command -v strip' binutils
    need 'command -v dpkg-shlibdeps' dpkg-dev
fi
if [ "$purpose" = deploy ]; then
    need 'command -v adduser' adduser
    need 'command -v ip' iproute2
    need 'command -v lintian' lintian
    need 'command -v man' man-db
    need 'command -v promtool' prometheus
    need 'command -v strace' strace
    need 'command -v systemd-analyze && command -v systemd-nspawn' 'systemd systemd-container'
    need '/usr/bin/python3 -c "import yaml, ensurepip"' 'python3-venv python3-yaml'
fi
if [ "$purpose" = faults ]; then
    need 'command -v strace' strace
    need 'command -v ip' iproute2
    need 'command -v iptables' iptables
    need 'command -v prlimit' util-linux
fi
[ ${#missing[@]} -eq 0 ] && exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if ! command -v apt-get >/dev/null; then
    echo "make: missing: ${missing[*]} (Debian's names); install them and run make again" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "make: missing: ${missing[*]}; run this, then make again:" >&2
    echo "    sudo apt-get update && sudo ${install[*]}" >&2
    exit 1
fi
echo "make: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" "${install[@]}" >&2
