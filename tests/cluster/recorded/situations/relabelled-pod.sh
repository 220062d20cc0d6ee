# Near miss: a pod is relabelled, leaves its set, and then dies: that is no failure of the Deployment.
deployment web 'args: [serve, --fail-health-file, /tmp/sick], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}' | apply; ready deploy/web
pod=$(pod_of web); k label pod "$pod" app=other --overwrite >/dev/null; ready deploy/web
for _ in 1 2; do k exec "$pod" -- workload write-file /tmp/sick yes; sleep 4; done
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
