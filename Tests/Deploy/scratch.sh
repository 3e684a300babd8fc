# Sourced by a script that has a mount namespace of its own: lays a copy of this machine's root over
# it, in memory, in `$scratch/root`. What was written lies in `$scratch/upper`; all is gone at the end.
# shellcheck shell=bash

: "${package:?is copied to /tmp/roost.deb}"
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
scratch=$(mktemp -d)
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
for place in run tmp; do mount -t tmpfs tmpfs "$scratch/root/$place"; done
rm -f "$scratch"/root/etc/dpkg/dpkg.cfg.d/* # Images of containers leave out man pages.
cp "$package" "$scratch/root/tmp/roost.deb"
trap 'umount --recursive "$scratch" && rmdir "$scratch"' EXIT

in_root() { timeout 60 chroot "$scratch/root" "$@"; }

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}
