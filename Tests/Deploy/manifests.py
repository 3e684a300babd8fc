#!/usr/bin/env python3
"""Reads the image, the Compose file, the Kubernetes base and the Helm chart, and says what is wrong.

    Tests/Deploy/manifests.py PATH-TO-ROOST

Shapes are always checked, by PyYAML alone. Where kubectl, kubernetes-validate (the published schemas)
and helm-python-sdk (Helm itself) are there, they look too; what is not there is said.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy/kubernetes/base"
CHART = ROOT / "deploy/helm/roost"
complaints = []


def check(is_right, complaint):
    if not is_right:
        complaints.append(complaint)


def read(path):
    return yaml.safe_load((ROOT / path).read_text())


def founders(count):
    return ",".join(f"roost-{n}=roost-{n}.roost-members:2380" for n in range(count))


def container(workload):
    return workload["spec"]["template"]["spec"]["containers"][0]


def environment(workload):
    return {entry["name"]: entry.get("value") for entry in container(workload)["env"]}


def check_flags(where, arguments, known):
    """Every flag of a `serve` line is one that roost has."""
    flags = {re.match(r"--([a-z-]+)", word)[1] for word in arguments if word.startswith("--")}
    check(flags <= known, f"{where}: roost has no flag {sorted(flags - known)}")


def check_base(objects, known):
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in objects}
    workload = by_name["StatefulSet", "roost"]
    spec, pod, main = workload["spec"], workload["spec"]["template"]["spec"], container(workload)
    labels = spec["template"]["metadata"]["labels"]
    for (kind, name), one in by_name.items():
        selector = one["spec"].get("selector", one["spec"].get("podSelector")) if "spec" in one else {}
        chosen = selector.get("matchLabels", selector)
        check(chosen.items() <= labels.items(), f"{kind} {name} chooses no member")
    check(spec["podManagementPolicy"] == "Parallel", "founders would wait for each other")
    check(spec["serviceName"] == "roost-members", "the members' names are another service's")
    check(environment(workload)["FOUNDERS"] == founders(spec["replicas"]), "the founders are not the pods")
    check_flags("StatefulSet", main["args"], known)
    ports = {port["name"]: port["containerPort"] for port in main["ports"]}
    for name, flag in (("client", "listen"), ("peer", "peer-listen"), ("health", "health-listen")):
        check(f"--{flag}=0.0.0.0:{ports[name]}" in main["args"], f"port {name} is not that of --{flag}")
    secret = {one["name"]: one["secret"] for one in pod["volumes"]}["certificates"]
    check(secret == {"secretName": "roost-certificates", "defaultMode": 0o440}, "others read the certificates")
    place = next(one for one in main["volumeMounts"] if one["name"] == "certificates")
    check(place["readOnly"], "certificates can be written")
    for flag, file in (("cert", "$(POD_NAME).crt"), ("key", "$(POD_NAME).key"), ("ca", "ca.crt")):
        check(f"--tls-{flag}={place['mountPath']}/{file}" in main["args"], f"--tls-{flag} is not in the secret")
    check("--insecure" not in main["args"], "members would speak without TLS")
    check(environment(workload)["ROOST_CACERT"] == f"{place['mountPath']}/ca.crt", "exec believes another authority")
    for probe, path in (("startup", "/livez"), ("liveness", "/livez"), ("readiness", "/readyz")):
        check(
            main[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "health"},
            f"the {probe} probe does not ask {path} of the health port",
        )
    check("lifecycle" not in main, "a hook runs when a pod stops or starts")
    user = re.search(r"^USER (\d+):", (ROOT / "deploy/Dockerfile").read_text(), re.M)[1]
    security = pod["securityContext"]
    check(security["runAsNonRoot"] and security["runAsUser"] == int(user), "the user is not the image's")
    check(main["securityContext"]["readOnlyRootFilesystem"], "the root can be written")
    check(main["securityContext"]["capabilities"] == {"drop": ["ALL"]}, "capabilities are kept")
    check("cpu" not in main["resources"]["limits"], "the processor is limited")
    check(pod["enableServiceLinks"] is False, "services would set ROOST_ variables")
    spread = {one["topologyKey"] for one in pod["topologySpreadConstraints"]}
    check("topology.kubernetes.io/zone" in spread, "members are not spread over zones")
    names = by_name["Service", "roost-members"]["spec"]
    check(names["clusterIP"] == "None" and names["publishNotReadyAddresses"], "unready members have no names")
    check("publishNotReadyAddresses" not in by_name["Service", "roost"]["spec"], "clients reach unready members")
    check(by_name["PodDisruptionBudget", "roost"]["spec"]["maxUnavailable"] == 1, "a drain may take two members")
    for rule in by_name["NetworkPolicy", "roost"]["spec"]["ingress"]:
        opened = {port["port"] for port in rule["ports"]}
        check(opened <= ports.keys(), f"a policy names a port that is none: {opened}")
        check("from" in rule or opened == {"health"}, f"everybody reaches {opened}")


def check_kustomize(objects):
    if not shutil.which("kubectl"):
        return print("manifests: not built by kustomize: there is no kubectl")
    run = subprocess.run(["kubectl", "kustomize", BASE], capture_output=True, text=True)
    check(run.returncode == 0, f"kustomize: {run.stderr}")
    built = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(run.stdout)}
    image = read("deploy/kubernetes/base/kustomization.yaml")["images"][0]
    for one in objects:
        if one["kind"] == "StatefulSet":
            container(one)["image"] = f"{image['newName']}:{image['newTag']}"
        check(built.get((one["kind"], one["metadata"]["name"])) == one, f"kustomize changes {one['kind']}")
    check(len(built) == len(objects), "kustomize builds other objects than it lists")


def check_chart(objects, known):
    try:
        import helm_python as helm
    except ImportError:
        return print("manifests: chart not rendered: there is no helm-python-sdk")
    for finding in helm.lint(str(CHART))["messages"]:
        check(finding["severity"] < 2, f"helm lint: {finding}")  # 2 is a warning

    def render(values):
        with helm.Chart.load(str(CHART)) as chart:
            texts = chart.render(values, name="r", namespace="n")
        found = [one for name, text in texts.items() if name.endswith(".yaml") for one in yaml.safe_load_all(text)]
        return [one for one in found if one]

    rendered = render({})
    check_schemas(rendered)
    for one in rendered:
        added = {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "roost-" + read(CHART / "Chart.yaml")["version"]}
        for label, value in added.items():
            check(one["metadata"]["labels"].pop(label, None) == value, f"{one['kind']} has no label {label}")
    key = lambda one: (one["kind"], one["metadata"]["name"])
    check(sorted(rendered, key=key) == sorted(objects, key=key), "the chart's defaults are not the base")

    values = {
        "replicas": 5, "flags": ["--election-timeout=1s"], "networkPolicy": False,
        "image": {"repository": "registry.example/roost", "tag": "9"},
        "storage": {"size": "1Ti", "className": "fast"}, "tls": {"secret": "mine"}, "resources": {"limits": {"memory": "8Gi"}},
    }  # fmt: skip
    other = render(values)
    check_schemas(other)
    check(all(one["kind"] != "NetworkPolicy" for one in other), "the policy stays")
    workload = next(one for one in other if one["kind"] == "StatefulSet")
    main, claim = container(workload), workload["spec"]["volumeClaimTemplates"][0]["spec"]
    check(workload["spec"]["replicas"] == 5, "replicas are not heeded")
    check(environment(workload)["FOUNDERS"] == founders(5), "five replicas are not five founders")
    check(main["image"] == "registry.example/roost:9", f"another image: {main['image']}")
    check(main["args"][-1] == "--election-timeout=1s", "flags are not heeded")
    check(main["resources"] == values["resources"], "resources are not heeded")
    check(claim["resources"]["requests"]["storage"] == "1Ti" and claim["storageClassName"] == "fast", "storage is not heeded")
    check_flags("chart", main["args"], known)
    volumes = workload["spec"]["template"]["spec"]["volumes"]
    check([one["secret"]["secretName"] for one in volumes] == ["mine"], "the secret's name is not heeded")

    plain = render({"tls": {"secret": ""}})
    check_schemas(plain)
    workload = next(one for one in plain if one["kind"] == "StatefulSet")
    main = container(workload)
    check("--insecure" in main["args"] and not any("--tls" in word for word in main["args"]), "no secret, and yet TLS")
    check([one["name"] for one in main["volumeMounts"]] == ["data"], "no secret, and yet a mount")
    check("volumes" not in workload["spec"]["template"]["spec"], "no secret, and yet a volume")
    check(not any(name.startswith("ROOST_") for name in environment(workload)), "no secret, and yet clients ask by TLS")


def check_schemas(objects):
    try:
        import kubernetes_validate
    except ImportError:
        return print("manifests: not held against the schemas: there is no kubernetes-validate")
    for one in objects:
        try:
            kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            check(False, f"{one['kind']}: {error}")


def check_compose(known):
    services = read("deploy/compose.yaml")["services"]
    certs = services.pop("certs")
    listed = ",".join(f"{name}={name}:2380" for name in services)
    check(len(services) == 3, "not three members")
    check(certs["network_mode"] == "none", "compose: whoever makes certificates is on the network")
    script = certs["command"][0]
    check(script.count(f"for member in {' '.join(services)}; do") == 2, "compose: other members get certificates")
    for name, service in services.items():
        words = service["command"]
        check_flags(f"compose {name}", words, known)
        flags = dict(zip(words[1::2], words[2::2]))
        check(flags["--name"] == name and flags["--cluster"] == listed, f"compose: {name} is another member")
        check(service["ports"] == [flags["--advertise"] + ":2379"], f"compose: {name} is not where it says")
        own = [f"{name}:/var/lib/roost", f"{name}-certificates:/certificates:ro"]
        check(service["volumes"] == own, f"compose: {name} shares its data or its key")
        check(f"{name}-certificates:/members/{name}" in certs["volumes"], f"compose: {name} gets no certificate")
        for flag, file in (("cert", f"{name}.crt"), ("key", f"{name}.key"), ("ca", "ca.crt")):
            check(flags[f"--tls-{flag}"] == f"/certificates/{file}", f"compose: {name} shows another's certificate")
        check(service["depends_on"] == {"certs": {"condition": "service_completed_successfully"}}, f"compose: {name} is early")
        check(service["read_only"] and service["cap_drop"] == ["ALL"], f"compose: {name} has rights")
        check(service["image"] == certs["image"], f"compose: {name} runs another image")


def check_image(known):
    text = (ROOT / "deploy/Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    check(len(stages) == 2, "not a stage to build and one to run")
    last = stages[-1]
    check("COPY --from=build" in last, "nothing is taken from the build")
    for label in ("title", "description", "licenses", "version", "revision"):
        check(f"org.opencontainers.image.{label}=" in last, f"no label {label}")
    check(re.search(r"^HEALTHCHECK .*\"roost\", \"ready\"", last, re.M), "no health check")
    check(re.search(r"^ENTRYPOINT \[\"roost\"\]$", last, re.M), "the image is not roost")
    command = re.search(r"^CMD (\[.*\])$", last, re.M)
    check_flags("image", yaml.safe_load(command[1]), known)


def check_versions(roost):
    version = subprocess.check_output([roost, "version"], text=True).split()[1]
    told = {
        "Chart.yaml version": read(CHART / "Chart.yaml")["version"],
        "Chart.yaml appVersion": read(CHART / "Chart.yaml")["appVersion"],
        "kustomization": read(BASE / "kustomization.yaml")["images"][0]["newTag"],
        "compose": read("deploy/compose.yaml")["services"]["certs"]["image"].partition(":")[2],
        "Dockerfile": re.search(r"^ARG VERSION=(.*)$", (ROOT / "deploy/Dockerfile").read_text(), re.M)[1],
    }
    for where, other in told.items():
        check(other == version, f"{where} says {other}, roost {version}")


def main(roost):
    text = subprocess.check_output([roost, "help", "serve"], text=True)
    known = set(re.findall(r"^  --([a-z-]+)", text, re.M))
    resources = read(BASE / "kustomization.yaml")["resources"]
    objects = [read(BASE / name) for name in resources]
    check(sorted([*resources, "kustomization.yaml"]) == sorted(p.name for p in BASE.iterdir()), "a file is not listed")
    check_base(objects, known)
    check_schemas(objects)
    check_kustomize(objects)
    check_chart(objects, known)
    check_compose(known)
    check_image(known)
    check_versions(roost)
    for complaint in complaints:
        print(f"manifests: {complaint}", file=sys.stderr)
    print(f"manifests: {len(objects)} objects, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
