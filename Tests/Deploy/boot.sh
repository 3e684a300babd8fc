#!/usr/bin/env bash
# Boots systemd in a container over a copy of this machine's root, installs the package there, and
# drives the units: readiness, the watchdog, the sandbox, a command that holds a lock, the end. Needs root.
#     Tests/Deploy/boot.sh PACKAGE
set -euo pipefail

package=$(realpath "${1:?usage: Tests/Deploy/boot.sh PACKAGE}")
if [ "${2:-}" != inside ]; then
    exec unshare --mount bash "$0" "$package" inside
fi
# shellcheck source=Tests/Deploy/scratch.sh
source "$(dirname "$0")/scratch.sh"
root=$scratch/root
mount -t tmpfs tmpfs /run
end() { # The container's control groups stay behind, empty.
    find /sys/fs/cgroup -depth -type d \( -path '*/payload*' -o -name supervisor \) -exec rmdir {} + 2>/dev/null || true
    umount --recursive "$scratch" && rmdir "$scratch"
}
trap end EXIT

rm -f "$root/usr/sbin/policy-rc.d" # Images of containers forbid packages to start and stop services.
in_root dpkg --install /tmp/roost.deb >/dev/null 2>&1
install -m 0755 "$(dirname "$0")/units-trial.sh" "$root/trial.sh"
cat >"$root/etc/systemd/system/trial.service" <<'END'
[Service]
Type=oneshot
ExecStart=/trial.sh
StandardOutput=file:/trial.log
StandardError=file:/trial.log
ExecStopPost=/bin/systemctl --force --force poweroff
END
# Only the newer kind of control groups tells a container when the last process of a unit has gone.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout --kill-after=10 120 systemd-nspawn --quiet --directory="$root" --register=no \
    --keep-unit --private-network --link-journal=no --boot systemd.unit=trial.service \
    </dev/null >"$scratch/console" 2>&1 || fail "the container ended with $?: $(cat "$root/trial.log")"
grep -qx passed "$root/trial.log" || fail "$(cat "$root/trial.log")"
echo "boot: systemd starts, watches and stops the units"
