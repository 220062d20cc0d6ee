# Revision 2 names a scheduler that nobody runs.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve]' 'schedulerName: volcano' | apply; at=$(now); sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: schedulerName, manager: kubectl-client-side-apply, time: '$at'}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: Scheduling}]
YAML
