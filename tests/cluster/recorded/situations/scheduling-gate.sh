# Revision 2 brings a scheduling gate that nobody lifts.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve]' 'schedulingGates: [{name: example.com/budget}]' | apply; at=$(now); sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: SchedulingGated, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: schedulingGates, manager: kubectl-client-side-apply, time: '$at'}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: Scheduling}]
YAML
