# The only node that fits is drained during an innocent rollout; the pods find no room.
fake_node a; deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; TAG=v2 deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 2
kubectl drain "$NS-a" --ignore-daemonsets --force >/dev/null 2>&1; at=$(now); sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 2}, cause: {class: Scheduling, object: {kind: Node, name: $NS-a}, manager: [kubectl-drain, kubectl, kubectl-cordon], time: $at}, trigger: {class: Eviction}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Stuck, findings: [{symptom: {reason: Unschedulable, pods: 2}, cause: {class: Scheduling, object: {kind: Node, name: $NS-a}}, trigger: {class: [Eviction, Unknown]}}]}
YAML
