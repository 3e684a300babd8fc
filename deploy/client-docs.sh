#!/usr/bin/env bash
# Writes the documentation of the library RoostClient as a web site, by the toolchain's docc.
set -euo pipefail

build=${1:?usage: deploy/client-docs.sh BUILD-DIRECTORY SITE-DIRECTORY}
site=${2:?usage: deploy/client-docs.sh BUILD-DIRECTORY SITE-DIRECTORY}
sources=$(cd "$(dirname "$0")/.." && pwd)/Sources

tools=$(dirname "$(realpath "$(command -v swift)")")
for tool in docc swift-symbolgraph-extract; do
    [ -x "$tools/$tool" ] || {
        echo "client-docs: this toolchain has no $tool; those of swift.org have it" >&2
        exit 1
    }
done
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
"$tools/swift-symbolgraph-extract" -module-name RoostClient -minimum-access-level public \
    -target "$(uname -m)-unknown-linux-gnu" -output-dir "$graphs" \
    -I "$build/Modules" -I "$sources/COpenSSL" \
    -Xcc -fmodule-map-file="$build/CBytes.build/module.modulemap" \
    -Xcc -fmodule-map-file="$build/CPlatform.build/module.modulemap"
"$tools/docc" convert "$sources/RoostClient/RoostClient.docc" --warnings-as-errors \
    --additional-symbol-graph-dir "$graphs" --output-dir "$site" \
    --fallback-display-name RoostClient --fallback-bundle-identifier roost.RoostClient
