# Revision 2 asks for more cpu than any node has; its image changes too, which explains nothing.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
TAG=v2 deployment web 'args: [serve], resources: {requests: {cpu: "500"}}' | apply; at=$(now); sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "resources.requests.cpu", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
