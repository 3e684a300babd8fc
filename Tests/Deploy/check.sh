#!/usr/bin/env bash
# Builds the package and holds everything in deploy/ against the tools that judge it. A tool that is
# not here is named; nothing is passed over in silence.
#     Tests/Deploy/check.sh PATH-TO-ROOST DIRECTORY
set -euo pipefail

roost=$(realpath "${1:?usage: Tests/Deploy/check.sh PATH-TO-ROOST DIRECTORY}")
directory=${2:?usage: Tests/Deploy/check.sh PATH-TO-ROOST DIRECTORY}
here=$(realpath "$(dirname "$0")")
has() { command -v "$1" >/dev/null || { echo "deploy: not checked: there is no $1"; false; }; }

mkdir -p "$directory"
rm -f "$directory"/*.deb
package=$("$here/../../deploy/debian/build.sh" "$roost" "$directory")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
dpkg-deb --extract "$package" "$root"

if has man; then
    for page in "$root"/usr/share/man/man1/*.gz; do
        complaints=$(MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings --encoding=UTF-8 --local-file --troff-device=utf8 --ditroff \
            "$page" 2>&1 >/dev/null)
        [ -z "$complaints" ] || {
            echo "deploy: $page: $complaints" >&2
            exit 1
        }
    done
    echo "man pages: $(find "$root/usr/share/man" -name '*.gz' | wc -l) without a warning"
fi
for command in $("$roost" help | sed -n '/^Commands:/,/^$/s/^  \([a-z ]*[a-z]\)  .*/\1/p' | tr ' ' -); do
    [ -s "$root/usr/share/man/man1/roost-$command.1.gz" ] || {
        echo "deploy: no man page of roost-$command" >&2
        exit 1
    }
done
if has python3; then "$here/sbom.sh" "$roost"; fi
if has systemd-analyze; then "$here/units.sh" "$root"; fi
if has promtool; then "$here/metrics.sh" "$roost"; fi
if has prometheus; then "$here/alerts.sh" "$roost"; fi
if has lintian; then
    lintian --allow-root --fail-on error "$package"
    echo "lintian: no errors"
fi
# shellcheck disable=SC2016 # the inner shell expands it
if unshare --mount bash -euc 'package=/dev/null; source "$1"' bash "$here/scratch.sh" 2>/dev/null; then
    "$here/package.sh" "$package"
    if has systemd-nspawn; then "$here/boot.sh" "$package"; fi
else
    echo "deploy: not checked: a copy of the root cannot be laid, which needs root and overlayfs"
fi

# What Debian does not have comes from PyPI, where that is reached.
python=$directory/tools/bin/python
[ -x "$python" ] || /usr/bin/python3 -m venv --system-site-packages "$directory/tools"
"$python" -c 'import helm_python, kubernetes_validate' 2>/dev/null ||
    "$python" -m pip --quiet --disable-pip-version-check install \
        helm-python-sdk==0.2.2 kubernetes-validate==1.37.0 || true
"$python" "$here/manifests.py" "$roost"
