#!/usr/bin/env bash
# Holds the bill of materials against the binary: the form of CycloneDX 1.5, every library that the
# binary is linked against with its version, and the same bytes each time.
#     Tests/Deploy/sbom.sh PATH-TO-ROOST
set -euo pipefail

roost=${1:?usage: Tests/Deploy/sbom.sh PATH-TO-ROOST}
here=$(realpath "$(dirname "$0")")
bill=$(mktemp)
trap 'rm -f "$bill"' EXIT

"$here/../../deploy/sbom.sh" "$roost" >"$bill"
"$here/../../deploy/sbom.sh" "$roost" | cmp - "$bill"
python3 - "$bill" "$roost" <<'PYTHON'
import hashlib, json, re, subprocess, sys

bill = json.load(open(sys.argv[1]))
binary = open(sys.argv[2], "rb").read()


def check(holds, what):
    if not holds:
        sys.exit(f"sbom: {what}")


check((bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1), "the head is another")
check(re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", bill["serialNumber"]), "the serial number is no UUID")
check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["metadata"]["timestamp"]), "the time is none")
top = bill["metadata"]["component"]
check(top["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(binary).hexdigest()}], "the digest is not the binary's")
told = subprocess.run([sys.argv[2], "version"], capture_output=True, text=True, check=True).stdout
check(told == f"roost {top['version']}\n", "the version is not the binary's")
components = {component["bom-ref"]: component for component in bill["components"]}
check(len(components) == len(bill["components"]), "a component stands there twice")
linked = subprocess.run(["ldd", sys.argv[2]], capture_output=True, text=True, check=True).stdout
libraries = set(re.findall(r"^\s+(?:\S*/)?(lib(?:crypto|ssl|c|m|stdc\+\+|gcc_s)\.so\S*)", linked, re.M))
direct = set(components) - {"swift-runtime"}
check(any(name.startswith("libcrypto.so") for name in direct), "OpenSSL is missing")
check(any(name.startswith("libc.so") for name in direct), "libc is missing")
check(direct <= libraries | {name for name in direct if name.startswith("ld-linux")}, f"not linked: {direct - libraries}")
for name, component in components.items():
    check(component["type"] == "library" and component["name"] == name, f"{name} is no library")
    check(component["version"] and component["version"] != "unknown", f"{name} has no version")
check([entry["ref"] for entry in bill["dependencies"]] == ["roost"], "somebody else depends")
check(set(bill["dependencies"][0]["dependsOn"]) == set(components), "the dependencies are others than the components")
print(f"sbom: roost {top['version']} of {len(components)} components")
PYTHON
