# Revision 2 answers its liveness probe for 25 seconds and then no more, again and again.
probe='livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 2}'
deployment web "args: [serve], $probe" | apply; ready deploy/web; sleep 2; deployment web "args: [serve, --fail-health-after, 25s], $probe" | apply; at=$(now); restarted web 2; sleep 20
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Revision, Unknown], object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}}
innocent: [{revision: 1}]
YAML
