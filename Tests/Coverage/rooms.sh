#!/usr/bin/env bash
# Prints the covered lines of each room named, from llvm-cov's export; fails below 90 %.
set -euo pipefail
export_path=$1
shift
python3 - "$export_path" "$@" <<'PYTHON'
import json, sys

files = json.load(open(sys.argv[1]))["data"][0]["files"]
isShort = False
for room in sys.argv[2:]:
    lines = [file["summary"]["lines"] for file in files if f"/Sources/{room}/" in file["filename"]]
    count, covered = (sum(line[key] for line in lines) for key in ("count", "covered"))
    share = 100 * covered / max(count, 1)
    isShort |= share < 90
    print(f"{room:12} {covered:6} of {count:6} lines  {share:5.1f} %")
sys.exit(1 if isShort else 0)
PYTHON
