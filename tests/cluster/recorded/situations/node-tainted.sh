# The only node that fits gets a taint; a scale-up finds no room.
fake_node a; deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 2
kubectl taint node "$NS-a" maintenance=yes:NoSchedule >/dev/null; at=$(now); sleep 1; k scale deploy/web --replicas=3 >/dev/null; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: Scheduling, object: {kind: Node, name: $NS-a}, manager: [kubectl-taint, null]}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Stuck, findings: [{symptom: {reason: Unschedulable, pods: 1}, cause: {class: [Scheduling, Unknown]}, trigger: {class: Scale}}]}
YAML
