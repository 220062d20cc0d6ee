# Near miss: an innocent revision 2 (another image) is well; then a scale-up asks for more than the node has left.
CPU=2 fake_node a; web='args: [serve], resources: {requests: {cpu: 700m}}'
REPLICAS=1 deployment web "$web" "$(fake)" | apply; ready deploy/web; REPLICAS=1 TAG=v2 deployment web "$web" "$(fake)" | apply; ready deploy/web; sleep 3
k scale deploy/web --replicas=4 >/dev/null; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 2}, cause: {class: [Scheduling, Scale], object: {kind: Deployment, name: web}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
