# Near miss: somebody cordons a node that the pods do not ask for, just before a scale-up meets a full one.
CPU=2 fake_node a; kubectl create -f - >/dev/null <<YAML
{apiVersion: v1, kind: Node, metadata: {name: $NS-other, labels: {kubernetes.io/os: linux, made-for: $NS}, annotations: {kwok.x-k8s.io/node: fake}}, spec: {taints: [{key: other, effect: NoSchedule}]}}
YAML
web='args: [serve], resources: {requests: {cpu: 700m}}'
REPLICAS=1 deployment web "$web" "$(fake)" | apply; ready deploy/web; sleep 2; kubectl cordon "$NS-other" >/dev/null; k scale deploy/web --replicas=4 >/dev/null; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 2}, cause: {class: [Scheduling, Scale], object: {kind: Deployment, name: web}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}, {object: {kind: Node}}]
YAML
