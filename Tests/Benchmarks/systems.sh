# shellcheck shell=bash disable=SC2154,SC2034
# Members of Roost, etcd and ZooKeeper on loopback, for the benchmarks: to be sourced. Each member
# keeps its data and its log below $work, and ends with the script whatever happens.
#
# Durability is what each system does unless it is told otherwise: every acknowledged write is synced
# by a majority. What is set beside addresses: ZooKeeper's heap ($heap, in MB) and its limit of 60
# connections an address, which would refuse the load. Whoever sources this says where $roost, the
# binary, and $here, this directory, are.

base=${ROOST_BENCH_PORT:-23790}
heap=${heap:-1000}
declare -A pids=()
members=3

# begin_work: makes $work on a disk, and sees to it that everything ends.
begin_work() {
    read -r load_before _ </proc/loadavg
    work=$(mktemp -d "${BENCH_DIR:-/var/tmp}/roost-bench.XXXXXX")
    trap end_work EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    case $(stat -f -c %T "$work") in
    tmpfs | ramfs)
        echo "$work is in memory: say BENCH_DIR=, a directory on a disk" >&2
        exit 1
        ;;
    esac
}

end_work() {
    trap - EXIT
    trap '' INT TERM
    [ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}

give_up() {
    echo "$*" >&2
    exit 1
}

# client SYSTEM NUMBER: the address that clients of a member use.
client() {
    case $1 in
    roost) echo "127.0.0.1:$((base + 10 * $2))" ;;
    etcd) echo "127.0.0.1:$((base + 10 * $2 + 100))" ;;
    zookeeper) echo "127.0.0.1:$((base + 10 * $2 + 200))" ;;
    esac
}

# peer SYSTEM NUMBER [DISTANCE]: the address that other members use.
peer() {
    local address
    address=$(client "$1" "$2")
    echo "${address%:*}:$((${address##*:} + ${3:-1}))"
}

endpoints() { # endpoints SYSTEM [BUT-NUMBER]: the members' addresses, a line each
    local number
    for number in $(seq "$members"); do
        [ "$number" = "${2:-}" ] || client "$1" "$number"
    done
}

start_member() { # start_member SYSTEM NUMBER
    local data=$work/$1$2 address
    address=$(client "$1" "$2")
    if (exec 3<>"/dev/tcp/${address%:*}/${address##*:}") 2>/dev/null; then
        give_up "$address is in use: say ROOST_BENCH_PORT=, the first of 300 free ports below 32768"
    fi
    [ -d "$data" ] || mkdir "$data"
    : >"$data.log"
    "start_$1" "$2" "$data" >"$data.log" 2>&1 &
    pids[$1$2]=$!
}

start_roost() {
    local list number address
    list=$(for number in $(seq "$members"); do echo "n$number=$(peer roost "$number")"; done)
    address=$(client roost "$1")
    exec "$roost" serve --name "n$1" --data-dir "$2" --listen "${listen:-127.0.0.1}:${address##*:}" \
        --peer-listen "$(peer roost "$1")" --cluster "${list//$'\n'/,}" ${listen:+--insecure}
}

start_etcd() {
    local list number
    list=$(for number in $(seq "$members"); do echo "n$number=http://$(peer etcd "$number")"; done)
    exec etcd --name "n$1" --data-dir "$2" --logger zap --log-level error \
        --listen-client-urls "http://$(client etcd "$1")" \
        --advertise-client-urls "http://$(client etcd "$1")" \
        --listen-peer-urls "http://$(peer etcd "$1")" \
        --initial-advertise-peer-urls "http://$(peer etcd "$1")" \
        --initial-cluster "${list//$'\n'/,}" --initial-cluster-state new
}

start_zookeeper() {
    local number address
    address=$(client zookeeper "$1")
    {
        printf '%s\n' tickTime=2000 initLimit=10 syncLimit=5 "dataDir=$2" maxClientCnxns=0 \
            admin.enableServer=false "clientPortAddress=${address%:*}" "clientPort=${address##*:}"
        for number in $(seq "$members"); do
            [ "$members" -eq 1 ] && break
            address=$(peer zookeeper "$number" 2)
            echo "server.$number=$(peer zookeeper "$number"):${address##*:}"
        done
    } >"$2.cfg"
    echo "$1" >"$2/myid"
    exec java "-Xmx${heap}m" -Dzookeeper.root.logger=WARN,CONSOLE "-Dzookeeper.log.dir=$2" \
        -Dzookeeper.console.threshold=WARN -cp /etc/zookeeper/conf:/usr/share/java/zookeeper.jar \
        org.apache.zookeeper.server.quorum.QuorumPeerMain "$2.cfg"
}

# zookeeper_mode NUMBER: leader, follower or standalone; nothing while it does not serve.
zookeeper_mode() {
    local address
    address=$(client zookeeper "$1")
    {
        exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || return 0
        printf srvr >&3
        timeout 2 cat <&3 | awk '/^Mode:/ {print $2}'
        exec 3>&-
    } 2>/dev/null
}

is_ready() { # is_ready SYSTEM NUMBER
    case $1 in
    roost) curl -fs -m 2 -o /dev/null "http://$(client roost "$2")/readyz" ;;
    etcd) [[ $(curl -fs -m 2 "http://$(client etcd "$2")/health") == *true* ]] ;;
    zookeeper) [ -n "$(zookeeper_mode "$2")" ] ;;
    esac
}

is_leader() { # is_leader SYSTEM NUMBER
    case $1 in
    roost) [ "$(curl -fs -m 2 "http://$(client roost "$2")/v1/status" | jq -r .role)" = leader ] ;;
    etcd)
        [[ $(curl -fs -m 2 "http://$(client etcd "$2")/metrics") == *$'\netcd_server_is_leader 1'* ]]
        ;;
    zookeeper) [[ $(zookeeper_mode "$2") =~ ^(leader|standalone)$ ]] ;;
    esac
}

wait_ready() { # wait_ready SYSTEM NUMBER
    local deadline=$((SECONDS + 180))
    until is_ready "$1" "$2"; do
        if ! kill -0 "${pids[$1$2]}" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            tail -n 20 "$work/$1$2.log" >&2
            give_up "$1: member $2 did not become ready"
        fi
        sleep 0.01
    done
}

start_system() { # start_system SYSTEM: all its members, until they are ready
    local number
    for number in $(seq "$members"); do start_member "$1" "$number"; done
    for number in $(seq "$members"); do wait_ready "$1" "$number"; done
}

kill_member() { # kill_member SYSTEM NUMBER
    kill -KILL "${pids[$1$2]}"
    wait "${pids[$1$2]}" 2>/dev/null || true
    unset "pids[$1$2]"
}

# stop_system SYSTEM: its members and their data are gone.
stop_system() {
    local number
    for number in $(seq "$members"); do kill_member "$1" "$number"; done
    rm -rf "$work/$1"[0-9]*
}

signal_system() { # signal_system SIGNAL SYSTEM
    local number
    for number in $(seq "$members"); do kill "-$1" "${pids[$2$number]}"; done
}

# freeze SYSTEM: its members stand still, warm, and cost nothing while another is measured.
freeze() { signal_system STOP "$1"; }

wake() { # wake SYSTEM: goes on where it stood still, and has settled who leads
    local number
    signal_system CONT "$1"
    for number in $(seq "$members"); do wait_ready "$1" "$number"; done
    sleep 1
    for number in $(seq "$members"); do wait_ready "$1" "$number"; done
}

# find_leader SYSTEM: $chief is the number of the member that leads, $address where its clients go,
# $process its process.
find_leader() {
    local deadline=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$deadline" ]; do
        for chief in $(seq "$members"); do
            address=$(client "$1" "$chief")
            process=${pids[$1$chief]}
            if is_leader "$1" "$chief"; then return; fi
        done
        sleep 0.05
    done
    give_up "$1: nobody leads"
}

resident_megabytes() { awk '/^VmRSS/ {printf "%.1f", $2 * 1024 / 1e6}' "/proc/$1/status"; }

disk_megabytes() { du -s --block-size=1 "$1" | awk '{printf "%.1f", $1 / 1e6}'; }

# milliseconds_since MICROSECONDS, of EPOCHREALTIME without its point
milliseconds_since() { awk "BEGIN {printf \"%.1f\", (${EPOCHREALTIME/[.,]/} - $1) / 1000}"; }

median() { sort -g | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# build_generator: makes the generator for the peers' own protocols, $peer_load.
build_generator() {
    peer_load=$work/peer-load
    "${SWIFT:-swift}"c -O -swift-version 6 -parse-as-library \
        -import-objc-header "$here/../../Sources/CPlatform/include/roost_poll.h" \
        "$here"/PeerLoad/*.swift -o "$peer_load"
}

# roost_bench WORK FLAG...: the bench's figures of its first operation, as $peer_load prints them.
roost_bench() {
    "$roost" bench "$@" --endpoints "$(endpoints roost | paste -sd,)" --output json |
        jq -r '.operations[-1] | [.per_second, .latency_nanoseconds.p50 / 1e6,
            .latency_nanoseconds.p99 / 1e6, .failed] | @tsv'
}

# describe_machine: what the figures belong to.
describe_machine() {
    local synced
    synced=$("$peer_load" fdatasync "$work" | cut -f2,3)
    printf '%s processors (%s), %s of memory, Linux %s, %s; load average when it began: %s; fdatasync of 4 KiB at its end: p50 %s us, p99 %s us' \
        "$(nproc)" "$(awk -F ': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" \
        "$(awk '/MemTotal/ {printf "%.0f GB", $2 * 1024 / 1e9}' /proc/meminfo)" "$(uname -r)" \
        "$(findmnt -no FSTYPE -T "$work")" "$load_before" \
        "$(awk "BEGIN {print ${synced%$'\t'*} * 1000}")" "$(awk "BEGIN {print ${synced#*$'\t'} * 1000}")"
}

# write_between NAME FILE: replaces what stands between the page's markers of that name.
write_between() {
    local page=$here/../../Docs/benchmarks.md
    if ! grep -q "<!-- $1: begin -->" "$page" || ! grep -q "<!-- $1: end -->" "$page"; then
        give_up "$page has no markers for $1"
    fi
    awk -v begin="<!-- $1: begin -->" -v end="<!-- $1: end -->" -v file="$2" '
        $0 == end { inside = 0 }
        !inside
        $0 == begin { inside = 1; print ""; while ((getline line < file) > 0) print line; print "" }
    ' "$page" >"$work/page.md"
    cp "$work/page.md" "$page"
}
