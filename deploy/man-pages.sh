#!/usr/bin/env bash
# Writes a man page of section 1 for roost and for each of its commands, made from what `roost help`
# says, so that they cannot lag behind it.
set -euo pipefail

roost=${1:?usage: deploy/man-pages.sh PATH-TO-ROOST DIRECTORY}
directory=${2:?usage: deploy/man-pages.sh PATH-TO-ROOST DIRECTORY}
here=$(dirname "$0")
version=$("$roost" version)
day=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}" +%F)

page() { # page NAME: the help of standard input as the man page NAME
    LC_ALL=C awk -v name="$1" -v version="$version" -v day="$day" -f "$here/man-page.awk" >"$directory/$1.1"
}

mkdir -p "$directory"
"$roost" help | page roost
"$roost" help | sed -n '/^Commands:/,/^$/s/^  \([a-z ]*[a-z]\)  .*/\1/p' | while read -r command; do
    # shellcheck disable=SC2086 # a command may have two words
    "$roost" help $command </dev/null | page "roost-${command// /-}"
done
