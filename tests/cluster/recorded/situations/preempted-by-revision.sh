# A new revision of another Deployment has a higher priority; its pod takes the place of one that waits from then on.
CPU=2 fake_node a; kubectl create priorityclass "$NS-high" --value=1000 >/dev/null; sleep 1
REPLICAS=1 deployment web 'args: [serve], resources: {requests: {cpu: 1500m}}' "$(fake)" | apply; ready deploy/web
vip() { REPLICAS=1 deployment vip "args: [serve], resources: {requests: {cpu: $1}}" "$2 $(fake)" | apply; }
vip 100m ''; ready deploy/vip; sleep 3; vip 1500m "priorityClassName: $NS-high,"; sleep 40
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Preemption}, trigger: {class: Preemption}, contributors: [{class: Revision, object: {kind: Deployment, name: vip}, revision: 2}]}
innocent: [{class: [Revision, Rollback, Restart], object: {kind: Deployment, name: web}}]
fromDump: {verdict: Stuck, findings: [{symptom: {reason: Unschedulable}, cause: {class: [Preemption, Scheduling, Unknown]}}]}
YAML
