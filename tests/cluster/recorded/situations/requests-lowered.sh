# Near miss: revision 2 asks for less CPU than before; its surge pod finds none all the same.
CPU=4 fake_node a
deployment web 'args: [serve], resources: {requests: {cpu: 1900m}}' "$(fake)" | apply; ready deploy/web; sleep 2
deployment web 'args: [serve], resources: {requests: {cpu: 1800m}}' "$(fake)" | apply; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Scheduling}, trigger: {class: Rollout}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
