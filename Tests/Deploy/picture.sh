#!/usr/bin/env bash
# Draws the dashboard from five minutes of three live members under mixed load, one of which, the
# leader, is killed after three minutes and started again.
#     PYTHON=python3 Tests/Deploy/picture.sh PATH-TO-ROOST PICTURE
# PYTHON has matplotlib; Prometheus is Debian's.
set -euo pipefail

usage='usage: Tests/Deploy/picture.sh PATH-TO-ROOST PICTURE'
roost=$(realpath "${1:?$usage}")
picture=$(realpath "${2:?$usage}")
here=$(realpath "$(dirname "$0")")
server=http://127.0.0.1:24590
root=$(mktemp -d)
declare -A members=()
running=() # process groups
end() {
    kill -- "${running[@]/#/-}" "${members[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$root"
}
trap end EXIT
cd "$root"

list=n1=127.0.0.1:24580,n2=127.0.0.1:24582,n3=127.0.0.1:24584
export ROOST_ENDPOINTS=127.0.0.1:24579,127.0.0.1:24581,127.0.0.1:24583
start() { # start NUMBER
    local client=$((24577 + 2 * $1))
    "$roost" serve --name "n$1" --data-dir "n$1" --listen "127.0.0.1:$client" \
        --peer-listen "127.0.0.1:$((client + 1))" --cluster "$list" 2>>"n$1.log" &
    members[n$1]=$!
}
for number in 1 2 3; do start $number; done
"$roost" ready --all --wait 30s >/dev/null

cat >prometheus.yaml <<END
global: {scrape_interval: 2s}
scrape_configs:
  - job_name: roost
    static_configs: [{targets: [${ROOST_ENDPOINTS}]}]
END
setsid prometheus --config.file=prometheus.yaml --storage.tsdb.path=tsdb --web.listen-address="${server#http://}" \
    2>prometheus.log &
running+=($!)
begin=$(date +%s)
sleep 10
load() { setsid "$@" >/dev/null 2>&1 & running+=($!); }
load "$roost" bench mixed --duration 285s --rate 600 --ratio 1:4 --connections 16 --all-endpoints --keys 2000
load "$roost" bench lease --duration 285s --rate 50 --keys 40
# shellcheck disable=SC2016 # the inner shell expands it
for _ in {1..4}; do load bash -c 'while true; do "$0" lock shop -- sleep 0.3; done' "$roost"; done
for _ in {1..12}; do load "$roost" watch --recursive /bench; done
for _ in {1..3}; do load "$roost" elect scheduler -- sleep 300; done
sleep 180
leader=$("$roost" member list | awk '/leader/ { print $1 }')
kill -9 "${members[$leader]}"
wait "${members[$leader]}" 2>/dev/null || true
sleep 20
start "${leader#n}"
sleep 90
"${PYTHON:-python3}" "$here/picture.py" "$server" "$begin" "$(date +%s)" 2 \
    "$here/../../deploy/grafana/roost.json" "$picture"
