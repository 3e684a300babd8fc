#!/usr/bin/env bash
# Installs the package in a copy of this machine's root that nothing outside sees, runs a member as
# its unit does, updates, removes and purges it, and looks for what is left. Needs root.
#     Tests/Deploy/package.sh PACKAGE
set -euo pipefail

package=$(realpath "${1:?usage: Tests/Deploy/package.sh PACKAGE}")
if [ "${2:-}" != inside ]; then
    exec unshare --mount --pid --net --fork --kill-child --mount-proc bash "$0" "$package" inside
fi

# shellcheck source=Tests/Deploy/scratch.sh
source "$(dirname "$0")/scratch.sh" # No systemd runs in there.
for place in dev proc; do mount --rbind "/$place" "$scratch/root/$place"; done
ip link set lo up

in_root dpkg --install /tmp/roost.deb >/dev/null
[ "$(in_root stat -c '%U %a' /var/lib/roost)" = "roost 700" ] || fail "/var/lib/roost is not the user's own"
in_root /usr/bin/roost version | grep -q '^roost ' || fail "roost does not run"
for command in roost roost-serve roost-lease-grant roost-lock; do
    in_root test -s "/usr/share/man/man1/$command.1.gz" || fail "no man page $command"
done
in_root sh -c 'cd / && md5sum --quiet --check /var/lib/dpkg/info/roost.md5sums' || fail "files differ"

# As the unit says, as the unit's user.
line=$(sed -n 's/^ExecStart=//p' "$scratch/root/lib/systemd/system/roost.service")
[ "${line%% *}" = /usr/bin/roost ] || fail "the unit starts ${line%% *}"
user=$(sed -n 's/^User=//p' "$scratch/root/lib/systemd/system/roost.service")
chroot "$scratch/root" setpriv --reuid "$user" --regid "$user" --clear-groups \
    sh -c "ROOST_FLAGS=; exec $line" 2>"$scratch/log" &
in_root roost ready --wait 20s >/dev/null || fail "not ready: $(cat "$scratch/log")"
in_root roost put /kept yes >/dev/null
kill -TERM $!
wait $! || fail "the member ended with $?"

sed -i 's/^#ROOST_FLAGS/ROOST_FLAGS/' "$scratch/root/etc/roost/roost.env"
in_root dpkg --install /tmp/roost.deb >/dev/null
grep -q '^ROOST_FLAGS' "$scratch/root/etc/roost/roost.env" || fail "an update overwrote the configuration"

in_root dpkg --remove roost >/dev/null
in_root test ! -e /usr/bin/roost || fail "removed, but the binary is there"
in_root test -d /var/lib/roost/data || fail "removal took the data"
in_root test -e /etc/roost/roost.env || fail "removal took the configuration"

in_root dpkg --install /tmp/roost.deb >/dev/null
in_root dpkg --purge roost >/dev/null
left=$(cd "$scratch/upper" && find . -iname '*roost*' ! -type c -print)
[ -z "$left" ] || fail "a purge left $left"
! in_root getent passwd roost >/dev/null || fail "a purge left the user"
! in_root dpkg --status roost >/dev/null 2>&1 || fail "dpkg still knows it"
echo "package: installs, runs, updates, is removed and purged"
