# Revision 2 lowers the memory limit; a child of the main process is killed for it, the main process then ends with 1.
res() { echo "resources: {limits: {memory: $1}}"; }
deployment web "args: [fork-alloc, '60', --, serve], $(res 300Mi)" | apply; sleep 6
ready deploy/web; deployment web "args: [fork-alloc, '60', --, exit, '1', --after, 2s], $(res 30Mi)" | apply; at=$(now)
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: [OOMKilled, CrashLoopBackOff], container: main}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: ["resources.limits.memory", "containers[main].args"], manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
