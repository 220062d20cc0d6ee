# Revision 2 lowers the memory limit so far that not even the sandbox can be made.
deployment web 'args: [serve], resources: {limits: {memory: 64Mi}}' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve], resources: {limits: {memory: 1Mi}}' | apply; at=$(now)
see events 'OOM-killed'; sleep 25
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "resources.limits.memory", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
