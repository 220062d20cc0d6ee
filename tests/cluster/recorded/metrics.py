#!/usr/bin/env python3
"""metrics.k8s.io for a situation: every container uses what the file `cpu` of the current directory
says. Serves on a free port of the loopback (printed), with the certificate `crt` and key `key` of
the current directory; the API server reaches it through an APIService."""
import datetime, http.server, json, ssl, subprocess, urllib.parse

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
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("crt", "key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
