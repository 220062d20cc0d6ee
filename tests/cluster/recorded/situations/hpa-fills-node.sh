# Near miss: load makes an autoscaler ask for more pods than there is room for, soon after a rollout of another image.
CPU=2 fake_node a; load 100m
one() { SCALE='' deployment web 'args: [serve], resources: {requests: {cpu: 500m}}' "$(fake)" | apply; ready deploy/web; }
one; autoscaler 2 8; see deploy '"readyReplicas":2'; sleep 3; TAG=v2 one; sleep 20; load 450m
see hpa '"currentReplicas":8'; see pods 'Insufficientcpu'; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 4}, cause: {class: [Scheduling, Autoscaler]}, trigger: {class: Autoscaler}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
