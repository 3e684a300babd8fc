#!/usr/bin/env bash
# Builds roost_VERSION_ARCHITECTURE.deb of a release binary with dpkg-deb alone, and prints its path.
set -euo pipefail

roost=$(realpath "${1:?usage: deploy/debian/build.sh PATH-TO-ROOST DIRECTORY}")
target=${2:?usage: deploy/debian/build.sh PATH-TO-ROOST DIRECTORY}
here=$(realpath "$(dirname "$0")")
deploy=$(dirname "$here")
# A built package depends on nothing but what is built: the day is that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
version=$("$roost" version | sed 's/^roost //; s/-/~/g')-1
architecture=$(dpkg --print-architecture)
maintainer=${DEB_MAINTAINER:-Roost maintainers <roost@lists.example.org>}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022

put() { # put MODE SOURCE TARGET: a file of the repository
    install -D -m "$1" "$2" "$root$3"
}

binary() {
    put 0755 "$roost" /usr/bin/roost
    strip --strip-unneeded --remove-section=.comment "$root/usr/bin/roost"
    install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
        "$root/usr/share/fish/vendor_completions.d"
    "$roost" completions bash >"$root/usr/share/bash-completion/completions/roost"
    "$roost" completions zsh >"$root/usr/share/zsh/vendor-completions/_roost"
    "$roost" completions fish >"$root/usr/share/fish/vendor_completions.d/roost.fish"
    "$deploy/man-pages.sh" "$roost" "$root/usr/share/man/man1"
    gzip -9n "$root"/usr/share/man/man1/*
}

service() {
    local unit
    for unit in roost.service roost-lock@.service roost-elect@.service; do
        put 0644 "$deploy/systemd/$unit" "/lib/systemd/system/$unit"
        sed -i 's|/usr/local/bin/|/usr/bin/|' "$root/lib/systemd/system/$unit"
    done
    put 0644 "$deploy/systemd/roost.sysusers" /usr/lib/sysusers.d/roost.conf
    put 0644 "$deploy/systemd/roost.tmpfiles" /usr/lib/tmpfiles.d/roost.conf
    put 0644 "$deploy/systemd/roost.env" /etc/roost/roost.env
    install -d "$root/etc/roost/lock" "$root/etc/roost/elect"
}

documents() {
    local documents=/usr/share/doc/roost
    put 0644 "$here/copyright" "$documents/copyright"
    put 0644 "$deploy/../CHANGELOG.md" "$documents/changelog"
    gzip -9n "$root$documents/changelog"
    printf 'roost (%s) unstable; urgency=medium\n\n  * Built from its sources; changelog.gz tells what is new.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -uRd "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$root$documents/changelog.Debian.gz"
    put 0644 "$deploy/../Docs/operations.md" "$documents/operations.md"
    gzip -9n "$root$documents/operations.md"
}

libraries() { # what the binary is linked against, as a list of packages
    mkdir -p "$work/debian"
    printf 'Source: roost\n\nPackage: roost\nArchitecture: any\n' >"$work/debian/control"
    local list
    list=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/roost 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
    # Packed relocations have no symbol that would tell of them.
    if readelf -V "$root/usr/bin/roost" | grep -q GLIBC_ABI_DT_RELR; then
        list=$(sed 's/libc6 ([^)]*)/libc6 (>= 2.36)/' <<<"$list")
    fi
    echo "$list"
}

control() {
    install -d "$root/DEBIAN"
    cat >"$root/DEBIAN/control" <<END
Package: roost
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size --exclude DEBIAN "$root" | cut -f1)
Depends: $(libraries), adduser
Section: net
Priority: optional
Description: locks, leader election and configuration for services, over Raft
 Roost keeps the few facts that all machines must agree on: configuration,
 locks, leases, and who leads. Three or five members, Raft between them, every
 acknowledged write on a majority of disks.
 .
 One binary is the server, the command line for shell scripts, and the tools
 that look into a data directory. Its interface is HTTP and JSON.
END
    (cd "$root" && find etc -type f -printf '/%p\n' | sort) >"$root/DEBIAN/conffiles"
    (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | grep -v '^etc/' | sort |
        xargs md5sum) >"$root/DEBIAN/md5sums"
    local script
    for script in postinst prerm postrm; do put 0755 "$here/$script" "/DEBIAN/$script"; done
}

binary
service
documents
control
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$target"
package=$target/roost_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
