# Revision 2 lowers the memory limit below what the program takes; a label is edited at the same time by someone else.
res() { echo "resources: {limits: {memory: $1}}"; }
deployment web "args: [alloc, '40', --, serve], $(res 200Mi)" | apply; ready deploy/web
sleep 2; deployment web "args: [alloc, '40', --, serve], $(res 20Mi)" | apply; at=$(now)
k label deploy/web team=a >/dev/null
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: OOMKilled, container: main, containerType: Container, exitCode: 137}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "resources.limits.memory", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: kubectl-label}]
YAML
