# Near miss: containers that once restarted, long recovered by now.
deployment web 'args: [serve, --fail-health-file, /tmp/sick], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}' | apply; ready deploy/web
k exec "$(pod_of web)" -- workload write-file /tmp/sick yes; restarted web 1; sleep 66
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
