# Near miss: a node has long been closed by a taint, as a control plane's is; a scale-up meets a full cluster. The taint is no change.
CPU=2 fake_node a; fake_node b; kubectl taint node "$NS-b" node-role.kubernetes.io/control-plane=:NoSchedule >/dev/null; sleep 3
web='args: [serve], resources: {requests: {cpu: 700m}}'
REPLICAS=1 deployment web "$web" "$(fake)" | apply; ready deploy/web; sleep 2; k scale deploy/web --replicas=4 >/dev/null; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 2}, cause: {class: [Scheduling, Scale], object: {kind: Deployment, name: web}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}, {object: {kind: Node}}]
YAML
