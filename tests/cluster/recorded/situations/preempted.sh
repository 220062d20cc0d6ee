# A pod of higher priority takes the node's room; the preempted pod's replacement waits.
CPU=2 fake_node a; kubectl create priorityclass "$NS-high" --value=1000 >/dev/null; sleep 1
REPLICAS=1 deployment web 'args: [serve], resources: {requests: {cpu: 1500m}}' "$(fake)" | apply; ready deploy/web; sleep 3
REPLICAS=1 deployment vip 'args: [serve], resources: {requests: {cpu: 1500m}}' "priorityClassName: $NS-high, $(fake)" | apply; sleep 40
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Preemption}, trigger: {class: Preemption}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Stuck, findings: [{symptom: {reason: Unschedulable}, cause: {class: [Preemption, Scheduling, Unknown]}}]}
YAML
