#!/usr/bin/env bash
# Makes an object file that says which commit is built, and prints what links it:
# deploy/revision.sh OBJECT BINARY [COMMIT]
# The file keeps its name, since with another argument everything would be compiled anew; where it
# changes, the binary is removed, so that it is linked again. Prints nothing where there is no C
# compiler; outside a clone, or without git, and with no COMMIT, the object says nothing.
set -euo pipefail

object=${1:?usage: deploy/revision.sh OBJECT BINARY [COMMIT]}
binary=${2:?usage: deploy/revision.sh OBJECT BINARY [COMMIT]}
top=$(dirname "$0")/..
commit=${3:-}
if [ -z "$commit" ] && [ -e "$top/.git" ]; then
    commit=$(git -C "$top" describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null) || commit=
fi
if [ -n "$commit" ] && ! [[ $commit =~ ^[0-9a-f]{7,64}(-dirty)?$ ]]; then
    echo "deploy/revision.sh: '$commit' is no commit: write 7 to 64 digits of its hash" >&2
    exit 64
fi
compiler=$(command -v clang || command -v cc) || exit 0
source=${object%.o}.c
line="const char roost_revision[] = \"$commit\";"
if [ ! -e "$object" ] || [ "$line" != "$(cat "$source" 2>/dev/null)" ]; then
    mkdir -p "$(dirname "$object")"
    rm -f "$binary"
    echo "$line" >"$source"
    "$compiler" -c -o "$object" "$source"
fi
printf -- '-Xlinker %s\n' "$object"
