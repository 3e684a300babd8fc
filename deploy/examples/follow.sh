#!/bin/sh
# Keeps a file of servers equal to a service of the registry, for nginx or HAProxy.
#
#   follow.sh NAME nginx|haproxy FILE CHECK RELOAD
#
# CHECK and RELOAD are commands. A file that CHECK does not like is put back, and RELOAD is not run.
# Without a member that answers the file stays as it is. NAME has no slash in it.
set -eu

update() {
    name=$1 format=$2 file=$3 check=$4 reload=$5
    roost services "$name" --format "$format" >"$file.next"
    if cmp -s "$file.next" "$file"; then
        rm "$file.next"
        return
    fi
    if [ -e "$file" ]; then cp -p "$file" "$file.last"; fi
    mv "$file.next" "$file"
    if sh -c "$check"; then
        # One that does not run yet finds the file when it starts.
        sh -c "$reload" || echo "$0: '$reload' failed" >&2
    elif [ -e "$file.last" ]; then
        mv "$file.last" "$file"
    fi
}

case ${1-} in
update)
    shift
    update "$@"
    ;;
*)
    [ $# = 5 ] || {
        echo "usage: $0 NAME nginx|haproxy FILE CHECK RELOAD" >&2
        exit 2
    }
    # What follows needs the file; the watch runs its command for what is there, so that no change in
    # between is missed.
    export FOLLOW_NAME="$1" FOLLOW_FORMAT="$2" FOLLOW_FILE="$3" FOLLOW_CHECK="$4" FOLLOW_RELOAD="$5"
    export FOLLOW_SCRIPT="$0"
    update "$@"
    exec roost watch "/services/$1" --recursive --quiet --exec \
        'sh "$FOLLOW_SCRIPT" update "$FOLLOW_NAME" "$FOLLOW_FORMAT" "$FOLLOW_FILE" "$FOLLOW_CHECK" "$FOLLOW_RELOAD"'
    ;;
esac
