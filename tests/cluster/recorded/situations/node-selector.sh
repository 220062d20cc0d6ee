# Revision 2 asks for a node label that no node has.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve]' 'nodeSelector: {disk: fast}' | apply; at=$(now); sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "nodeSelector[disk]", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
