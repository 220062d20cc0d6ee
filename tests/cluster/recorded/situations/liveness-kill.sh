# Revision 2 points the liveness probe at a port where nobody listens: the kubelet kills what runs well.
probe() { echo "livenessProbe: {httpGet: {path: /healthz, port: $1}, periodSeconds: 1, failureThreshold: 2}"; }
deployment web "args: [serve], $(probe 8080)" | apply; ready deploy/web
sleep 2; deployment web "args: [serve], $(probe 8081)" | apply; at=$(now)
restarted web 2; sleep 4
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "livenessProbe.httpGet.port", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
