#!/usr/bin/env bash
# Causes each alert on three live members that a real Prometheus scrapes, and waits until it fires.
#     Tests/Deploy/alerts.sh PATH-TO-ROOST
# The rules are those of deploy/, with shorter times and smaller sizes as `shorten` says; no other
# word of them differs. Before each cause no alert fires.
set -euo pipefail

roost=$(realpath "${1:?usage: Tests/Deploy/alerts.sh PATH-TO-ROOST}")
rules=$(realpath "$(dirname "$0")/../../deploy/prometheus/roost.rules.yaml")
server=http://127.0.0.1:24690
list=n1=127.0.0.1:24680,n2=127.0.0.1:24682,n3=127.0.0.1:24684
export ROOST_ENDPOINTS=127.0.0.1:24679,127.0.0.1:24681,127.0.0.1:24683
shorten=(
    's/^( *for:) .*/\1 1s/'
    's/\[5m\]/[10s]/g' 's/\[(15m|1h|4h)\]/[20s]/g' 's/4 \* 3600/20/g'
    's/offset 1m/offset 5s/' 's/100 \* 1024 \* 1024/1024 * 1024/' 's/> 50000$/> 500/'
)
fired=()
lacking=()
fail() { echo "alerts: $1" >&2; exit 1; }
lacks() { # lacks ALERT REASON
    echo "not caused $1: $2"
    lacking+=("$1")
}

root=$(mktemp -d)
declare -A members=() # process ids by name
others=()             # process ids of what else runs now
end() {
    kill -KILL "${others[@]}" "${members[@]}" "${prometheus:-}" 2>/dev/null || true
    wait 2>/dev/null
    rm -rf "$root"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$root"

port() { echo $((24677 + 2 * ${1#n})); }
launch() { # launch MEMBER [FLAG...]: with $program in place of Roost, and at most $files open
    local client
    client=$(port "$1")
    (
        ulimit -n "${files:-$(ulimit -Hn)}"
        exec "${program:-$roost}" serve --name "$1" --data-dir "$1" --listen "127.0.0.1:$client" \
            --peer-listen "127.0.0.1:$((client + 1))" --cluster "$list" "${@:2}" 2>>"$1.log"
    ) &
    members[$1]=$!
}
await() {
    "$roost" ready --endpoints "127.0.0.1:$(port "$1")" --wait 30s >/dev/null || {
        cat "$1.log" >&2
        fail "$1 is not ready"
    }
}
destroy() { # destroy MEMBER...
    local name
    for name; do kill -KILL "${members[$name]}"; done
    for name; do
        wait "${members[$name]}" 2>/dev/null || true
        unset "members[$name]"
    done
}
again() { # again MEMBER [FLAG...]: ends it, starts it with these flags, and waits until it serves
    destroy "$1"
    launch "$@"
    await "$1"
}
beside() { "$@" >/dev/null 2>&1 & others+=($!); }
rest() { # ends what runs beside
    [ ${#others[@]} -eq 0 ] || kill "${others[@]}" 2>/dev/null || true
    [ ${#others[@]} -eq 0 ] || wait "${others[@]}" 2>/dev/null || true
    others=()
}
leader() { "$roost" member list | awk '$3 == "leader" { print $1 }'; }
follower() { "$roost" member list | awk '$3 == "follower" { print $1; exit }'; }

look() { # sets `now` to the alerts that fire
    now=$(curl -sf "$server/api/v1/alerts" | /usr/bin/python3 -c 'import json, sys
alerts = json.load(sys.stdin)["data"]["alerts"]
print("\n".join({alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}))') ||
        fail "Prometheus does not answer"
}
fires() { # fires ALERT...: waits for each, told from the cause on
    local alert
    for alert; do
        until look && grep -qx "$alert" <<<"$now"; do
            [ $((SECONDS - caused)) -lt 60 ] || fail "$alert does not fire; what does: ${now//$'\n'/ }"
            sleep 0.3
        done
        echo "fired $alert after $((SECONDS - caused)) s"
        fired+=("$alert")
    done
}
calm() { # waits until for five seconds no alert has fired
    local since=$SECONDS begun=$SECONDS
    while [ $((SECONDS - since)) -lt 5 ]; do
        look
        [ -z "$now" ] || since=$SECONDS
        [ $((SECONDS - begun)) -lt 90 ] || fail "fires for a healthy cluster: ${now//$'\n'/ }"
        sleep 0.3
    done
    caused=$SECONDS
}

cp "$rules" long.yaml
printf '%s\n' "${shorten[@]}" >shorten.sed
sed -E -f shorten.sed long.yaml >rules.yaml
echo "alerts: $(diff long.yaml rules.yaml | grep -c '^>') lines of the rules are shorter, by: ${shorten[*]}"
cat >prometheus.yaml <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: roost
    static_configs: [{targets: [${ROOST_ENDPOINTS}]}]
END
for member in n1 n2 n3; do launch $member; done
for member in n1 n2 n3; do await $member; done
prometheus --config.file=prometheus.yaml --storage.tsdb.path=tsdb --web.listen-address="${server#http://}" \
    2>prometheus.log &
prometheus=$!
until curl -sf "$server/-/ready" >/dev/null; do
    kill -0 $prometheus 2>/dev/null || { cat prometheus.log >&2; exit 1; }
    sleep 0.3
done
"$roost" bench mixed --duration 8s --rate 100 --connections 4 --keys 100 >/dev/null
calm
echo "alerts: none fires for three healthy members under load"

# A member dies, then another one: the last one has no majority, and fails what is asked of it.
destroy n3
fires RoostMembersDown
caused=$SECONDS
destroy n2
hammer() {
    while curl -s -X PUT -d 1 "127.0.0.1:$(port n1)/v1/kv/alone?timeout=500ms"; do :; done
}
beside hammer
fires RoostInsufficientMembers RoostNoLeader RoostMemberUnready
fires RoostMostRequestsFail RoostManyFailedRequests RoostManyFailedProposals
rest
for member in n2 n3; do launch $member; done
for member in n2 n3; do await $member; done
calm

# The leader is killed again and again; then one member is, whoever leads.
kills=0
until look && [ $kills -ge 4 ] && grep -qx RoostManyLeaderChanges <<<"$now"; do
    [ $((SECONDS - caused)) -lt 60 ] || break
    victim=$(leader || true)
    [ -n "$victim" ] || continue
    again "$victim"
    kills=$((kills + 1))
done
fires RoostManyLeaderChanges
calm
until look && grep -qx RoostRestarts <<<"$now"; do
    [ $((SECONDS - caused)) -lt 60 ] || break
    again n3
    sleep 1.5 # Prometheus sees each start
done
fires RoostRestarts
calm

# A follower stands still for a moment, again and again.
slow=${members[$(follower)]}
stutter() {
    while kill -STOP "$slow"; do
        sleep 0.3
        kill -CONT "$slow"
        sleep 0.05
    done
}
beside stutter
fires RoostSlowPeer
rest
kill -CONT "$slow"
calm

# Syncs take 8 s on a follower's disk, then 600 ms on everybody's.
drag() { # drag MILLISECONDS MEMBER
    beside strace -f -qq -o /dev/null -e trace=fdatasync \
        -e "inject=fdatasync:delay_enter=${1}000" -p "${members[$2]}"
}
if strace -o /dev/null true 2>/dev/null; then
    beside "$roost" bench write --duration 180s --connections 16 --keys 1000
    calm # Load alone leaves nobody behind.
    drag 8000 "$(follower)"
    fires RoostMemberBehind
    rest
    calm
    for member in n1 n2 n3; do drag 600 $member; done
    beside "$roost" bench write --duration 60s --connections 4 --keys 100 --no-fill
    fires RoostSlowDisk RoostVerySlowDisk RoostSlowCommits RoostSlowRequests
    rest
    calm
else
    for alert in RoostMemberBehind RoostSlowDisk RoostVerySlowDisk RoostSlowCommits RoostSlowRequests; do
        lacks "$alert" "there is no strace that may trace"
    done
fi

# Data grows to a small quota.
"$roost" rm -r /bench >/dev/null
"$roost" settings quota 4MiB >/dev/null
beside "$roost" bench write --duration 60s --rate 40 --connections 4 --value-size 8192 --keys 1000 \
    --distribution sequential --no-fill --prefix /growth
fires RoostFastGrowth RoostQuotaSoonUsed RoostQuotaLow
rest
"$roost" rm -r /growth >/dev/null
"$roost" settings quota 0 >/dev/null
calm

# More has to be free on the disk than there is.
again n3 --disk-reserve 1048576GiB
fires RoostDiskFull
again n3
calm

# Another version: a copy of the program in which the number is another one.
version=$("$roost" version | sed -nE '1s/^roost ([0-9.]+).*/\1/p')
LC_ALL=C sed "s/${version//./\\.}/${version%?}x/g" "$roost" >another
chmod +x another
if [ "$(./another version | sed -nE '1s/^roost //p')" != "$version" ]; then
    program=./another again n3
    fires RoostVersionsDiffer
    again n3
    calm
else
    lacks RoostVersionsDiffer "the version cannot be changed in a copy of the program"
fi

# More connections than a member may have.
files=1024 again n3
(
    ulimit -Sn "$(ulimit -Hn)"
    for _ in {1..1000}; do exec {socket}<>"/dev/tcp/127.0.0.1/$(port n3)"; done
    exec sleep 120
) &
others+=($!)
fires RoostConnectionsShed
if grep -q '^process_open_fds ' <<<"$(curl -sf "127.0.0.1:$(port n1)/metrics")"; then
    fires RoostFewDescriptors
else
    lacks RoostFewDescriptors "Linux before 6.2 does not count open files"
fi
rest
again n3
calm

# Nobody can write a backup where it belongs; then everybody can.
for member in n1 n2 n3; do again $member --backup-dir /proc --backup-every 1m; done
fires RoostBackupOld
for member in n1 n2 n3; do again $member --backup-dir backups-$member; done
calm

# Certificates between members that end in five days; then they are renewed while the members run.
"$roost" certs init certs --quiet
for member in n1 n2 n3; do
    "$roost" certs issue member $member --host 127.0.0.1 --days 5 --dir certs --quiet
done
destroy n1 n2 n3
for member in n1 n2 n3; do
    launch $member --peer-tls-cert certs/$member.crt --peer-tls-key certs/$member.key --peer-tls-ca certs/ca.crt
done
for member in n1 n2 n3; do await $member; done
caused=$SECONDS
fires RoostCertificateEnds
"$roost" certs renew --days 300 --dir certs --quiet
calm

missing=$(sed -n 's/^ *- alert: //p' "$rules" | grep -vxF "$(printf '%s\n' "${fired[@]}" "${lacking[@]}")" || true)
[ -z "$missing" ] || fail "nothing causes: ${missing//$'\n'/ }"
echo "alerts: ${#fired[@]} fired for their causes, ${#lacking[@]} not caused, none fires after; $SECONDS s"
