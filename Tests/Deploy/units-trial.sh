#!/bin/bash
# Run by boot.sh as a unit of the container: prints `passed` last when all went well.
set -eu

fail() {
    echo "$*"
    systemctl status --no-pager --lines 30 roost.service 'roost-*@*.service' || true
    exit 1
}
until_true() { # until_true SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "never true: $*"
        sleep 0.1
    done
}
is() { [ "$(systemctl show --property "$2" --value "$1")" = "$3" ] || fail "$2 of $1 is not $3"; }
has_restarted() { [ "$(systemctl show --property NRestarts --value roost.service)" -ge 1 ]; }

ip link set lo up
mkdir -p /etc/systemd/system/roost.service.d
printf '[Service]\nWatchdogSec=2s\n' >/etc/systemd/system/roost.service.d/trial.conf
systemctl daemon-reload

# A start ends when the member serves, and its line is the unit's status.
systemctl start roost.service || fail "roost.service does not start"
roost put /kept yes --timeout 2s
[[ $(systemctl show --property StatusText --value roost.service) == "ready member=default "* ]] || fail "no status"
pid=$(systemctl show --property MainPID --value roost.service)
grep -q '^Seccomp:.*2$' "/proc/$pid/status" || fail "system calls are not filtered"
grep -q '^CapEff:[^1-9a-f]*$' "/proc/$pid/status" || fail "the member has capabilities"
[ "$(stat -c %U "/proc/$pid")" = roost ] || fail "the member runs as $(stat -c %U "/proc/$pid")"
[ "$(stat -c '%U %a' /var/lib/roost/data)" = "roost 700" ] || fail "the data are not the member's own"

# A command that holds a lock: the template's name is unescaped, a stop gives the lock back at once.
mkdir -p /etc/roost/lock /etc/roost/elect
printf 'COMMAND=/bin/sleep 1000\nFLAGS=--ttl 60s\n' | tee /etc/roost/lock/deploy-prod.env >/etc/roost/elect/db.env
systemctl start roost-lock@deploy-prod.service roost-elect@db.service
until_true 10 sh -c 'roost locks | grep -q "^deploy/prod *held"'
for unit in roost-lock@deploy-prod.service roost-elect@db.service; do
    until_true 10 sh -c "systemctl status $unit | grep -q 'sleep 1000$'"
    systemctl stop "$unit"
    is "$unit" Result success
    is "$unit" ActiveState inactive
done
! roost locks | grep -q deploy/prod || fail "the lock was not given back"
! systemctl start roost-lock@unknown.service 2>/dev/null || fail "a lock without a command starts"
systemctl stop roost-lock@unknown.service

# A member whose thread hangs is ended and started again, and has what it had.
kill -STOP "$pid"
until_true 30 has_restarted
until_true 30 systemctl --quiet is-active roost.service
[ "$(roost get /kept --timeout 20s)" = yes ] || fail "what was written is gone"

# Wrong flags are not tried again and again.
systemctl stop roost.service
is roost.service Result success
echo 'ROOST_FLAGS=--nonsense' >/etc/roost/roost.env
! systemctl start roost.service 2>/dev/null || fail "wrong flags start"
is roost.service ActiveState failed
is roost.service ExecMainStatus 2
systemctl reset-failed roost.service
: >/etc/roost/roost.env

# A removed package leaves nothing running, a purged one nothing at all.
systemctl enable --quiet --now roost.service
dpkg --remove roost
is roost.service ActiveState inactive
dpkg --purge roost
[ -z "$(find /etc/systemd /etc/roost /var/lib/roost -name '*roost*' ! -name 'roost.service.d' 2>/dev/null)" ] ||
    fail "a purge left $(find /etc/systemd /etc/roost /var/lib/roost -name '*roost*')"
echo passed
