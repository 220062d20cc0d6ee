# Revision 2 starts slower than its startup probe allows: it is killed again and again.
probe() { echo "startupProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: $1}"; }
deployment web "args: [serve, --delay, 4s], $(probe 30)" | apply; ready deploy/web; sleep 2
deployment web "args: [serve, --delay, 4s], $(probe 2)" | apply; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "startupProbe.failureThreshold", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
