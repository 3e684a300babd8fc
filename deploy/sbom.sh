#!/usr/bin/env bash
# Writes what a built roost is made of to standard output, as CycloneDX 1.5 (JSON): Roost itself, the
# Swift runtime within it, and each library that it is linked against, as this machine has it. The same
# binary on the same machine gives the same bytes.
#     deploy/sbom.sh PATH-TO-ROOST
set -euo pipefail

roost=${1:?usage: deploy/sbom.sh PATH-TO-ROOST}
here=$(dirname "$0")
readelf=$(command -v readelf || command -v llvm-readelf) || {
    echo "sbom: there is no readelf (Debian: binutils)" >&2
    exit 1
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
# What goes into a string of JSON: the names and versions here have no other characters.
plain() { printf '%s' "$1" | LC_ALL=C tr -cd 'A-Za-z0-9 ._+:~/@?=&%-'; }
escaped() { plain "$1" | sed 's/+/%2B/g; s/~/%7E/g; s/:/%3A/g'; }

version=$(plain "$("$roost" version | cut -d ' ' -f 2)")
sum=$(digest "$roost")
seconds=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || stat -c %Y "$roost")}
swift=$(plain "$("${SWIFT:-swift}" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -1)")

component() { # component REFERENCE NAME VERSION LICENSE PURL PROPERTY-NAME PROPERTY-VALUE
    printf ',\n    {\n'
    printf '      "type": "library",\n      "bom-ref": "%s",\n      "name": "%s",\n      "version": "%s",\n' "$1" "$2" "$3"
    [ -z "$4" ] || printf '      "licenses": [{"expression": "%s"}],\n' "$4"
    [ -z "$5" ] || printf '      "purl": "%s",\n' "$5"
    printf '      "properties": [{"name": "roost:%s", "value": "%s"}]\n    }' "$6" "$7"
}

distribution=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null | tr -d '"')
references=()
libraries=$(mktemp)
trap 'rm -f "$libraries"' EXIT

license() { # license LIBRARY
    case $1 in
    libcrypto.* | libssl.*) echo Apache-2.0 ;;
    libc.* | libm.* | libpthread.* | libdl.* | librt.* | ld-linux*) echo LGPL-2.1-or-later ;;
    libgcc_s.* | libstdc++.*) echo 'GPL-3.0-or-later WITH GCC-exception-3.1' ;;
    *) echo '' ;;
    esac
}

# Where the dynamic linker finds a library, links followed.
location() {
    { ldd "$roost" 2>/dev/null || true; } |
        awk -v name="$1" '$1 == name && $3 ~ "^/" { print $3 } $1 ~ "/" name "$" { print $1 }' | head -1
}

needed=$("$readelf" -d "$roost" | sed -n 's/.*(\?NEEDED)\?.*\[\(.*\)\].*/\1/p' | LC_ALL=C sort -u)
for name in $needed; do
    found=$(plain "$name")
    path=$(location "$name")
    [ -n "$path" ] || {
        echo "sbom: $name is not on this machine, so that its version is unknown" >&2
        exit 1
    }
    real=$(realpath "$path")
    package=$({ dpkg-query -S "$real" "${real#/usr}" 2>/dev/null || true; } | head -1 | cut -d : -f 1)
    release=unknown purl=''
    if [ -n "$package" ]; then
        # shellcheck disable=SC2016 # the variable is dpkg-query's
        release=$(plain "$(dpkg-query -W -f '${Version}\n' "$package" | head -1)")
        purl="pkg:deb/${distribution:-debian}/$(escaped "$package")@$(escaped "$release")"
    fi
    references+=("$found")
    component "$found" "$found" "$release" "$(license "$name")" "$purl" sha256 "$(digest "$real")" >>"$libraries"
done

cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "serialNumber": "urn:uuid:${sum:0:8}-${sum:8:4}-5${sum:13:3}-8${sum:17:3}-${sum:20:12}",
  "version": 1,
  "metadata": {
    "timestamp": "$(date -u -d "@$seconds" +%FT%TZ)",
    "component": {
      "type": "application",
      "bom-ref": "roost",
      "name": "roost",
      "version": "$version",
      "licenses": [{"expression": "Apache-2.0"}],
      "hashes": [{"alg": "SHA-256", "content": "$sum"}]
    }
  },
  "components": [
    {
      "type": "library",
      "bom-ref": "swift-runtime",
      "name": "swift-runtime",
      "version": "${swift:-unknown}",
      "licenses": [{"expression": "Apache-2.0 WITH Swift-exception"}],
      "properties": [{"name": "roost:linked", "value": "static"}]
    }$(cat "$libraries")
  ],
  "dependencies": [
    {"ref": "roost", "dependsOn": ["swift-runtime"$(printf ', "%s"' "${references[@]}")]}
  ]
}
END
