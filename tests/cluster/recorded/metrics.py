#!/usr/bin/env python3
"""metrics.k8s.io for a situation: every container uses what the file `cpu` of the current directory
says. The API server reaches it through an APIService; stub.py says where and how it serves."""
import datetime, http.server, json, subprocess, urllib.parse
import stub

GROUP = "metrics.k8s.io/v1beta1"

def usage(namespace, selector):
    command = ["kubectl", "-n", namespace, "get", "pods", "-l", selector, "-o", "json"]
    pods = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["items"]
    cpu, now = open("cpu").read().strip(), datetime.datetime.now(datetime.timezone.utc)
    return [{
        "metadata": {"name": pod["metadata"]["name"], "namespace": namespace, "labels": pod["metadata"].get("labels", {})},
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "window": "5s",
        "containers": [{"name": c["name"], "usage": {"cpu": cpu, "memory": "20Mi"}} for c in pod["spec"]["containers"]],
    } for pod in pods if pod.get("status", {}).get("phase") == "Running"]

class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        parts = url.path.strip("/").split("/")
        if parts == ["apis", "metrics.k8s.io", "v1beta1"]:
            answer = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP, "resources": [
                {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}]}
        elif parts[3:4] == ["namespaces"] and parts[5:] == ["pods"]:
            selector = urllib.parse.parse_qs(url.query).get("labelSelector", [""])[0]
            answer = {"kind": "PodMetricsList", "apiVersion": GROUP, "metadata": {}, "items": usage(parts[4], selector)}
        else:
            self.send_error(404)
            return
        stub.answer(self, answer)

stub.serve(Metrics)
