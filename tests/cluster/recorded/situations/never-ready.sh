# Revision 2 asks for its readiness at a port where nobody listens; the old pods still serve.
probe() { echo "readinessProbe: {httpGet: {path: /readyz, port: $1}, periodSeconds: 1, failureThreshold: 2}"; }
deployment web "args: [serve], $(probe 8080)" | apply; ready deploy/web; sleep 2
deployment web "args: [serve], $(probe 8081)" | apply; at=$(now); sleep 20
truth Deployment web <<YAML
verdict: [Failing, Stuck]
findings:
- {symptom: {reason: Unhealthy, container: main, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "readinessProbe.httpGet.port", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
