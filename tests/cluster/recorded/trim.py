#!/usr/bin/env python3
"""trim.py FILE NAMESPACE: takes other situations' cluster-scoped objects, and what nobody asks
about, out of a recording (JSON lines) or a dump (YAML)."""
import json, sys
import yaml

file, namespace = sys.argv[1:]
NOISE = {"EndpointSlice", "APIService", "Lease"}

def slim(object):
    """Which status field whom belongs to, and what a container has mounted, is long, and no answer."""
    for entry in object.get("metadata", {}).get("managedFields", []):
        if entry.get("subresource") == "status":
            entry["fieldsV1"] = {}
    if object.get("kind") == "Pod":
        for list in ("containerStatuses", "initContainerStatuses"):
            for container in object.get("status", {}).get(list, []):
                container.pop("volumeMounts", None)
                container.pop("user", None)
    return object

def is_ours(object):
    meta, kind = object.get("metadata", {}), object.get("kind")
    if kind in NOISE or kind == "ConfigMap" and meta.get("name") == "kube-root-ca.crt":
        return False
    if kind == "PriorityClass" and meta.get("name", "").startswith("system-"):
        return False
    if kind == "Service" and meta.get("namespace") == "default":
        return False
    if kind == "Event":
        about = object.get("involvedObject", {})
        if object.get("reason") == "MissingClusterDNS":
            return False
        if about.get("namespace"):
            return meta.get("namespace", "").startswith(namespace)
        name = about.get("name", "")
        return name.startswith(namespace) or name == "127.0.0.1"
    if meta.get("namespace"):
        return meta["namespace"].startswith(namespace)
    name = meta.get("name", "")
    return not name.startswith(("rec-", "kwok-", "pvc-")) or name == namespace or name.startswith(namespace + "-")

if file.endswith(".jsonl"):
    events = [json.loads(line) for line in open(file)]
    events = [e for e in events if e["type"] == "BOOKMARK" or is_ours(slim(e["object"]))]
    open(file, "w").writelines(json.dumps(e, separators=(",", ":")) + "\n" for e in events)
else:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dump = yaml.load(open(file), loader)
    dump["items"] = [slim(item) for item in dump["items"] if is_ours(item)]
    yaml.dump(dump, open(file, "w"), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), default_flow_style=False, width=10_000)
