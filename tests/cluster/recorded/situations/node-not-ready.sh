# The node stops being ready; its pods are thrown out after their toleration and find no other.
fake_node a; tolerate="tolerations: [{key: for, operator: Equal, value: $NS}, {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 3}]"
deployment web 'args: [serve]' "nodeSelector: {for: $NS}, $tolerate" | apply; ready deploy/web; sleep 3
kubectl annotate node "$NS-a" kwok.x-k8s.io/node- >/dev/null; sleep 2
kubectl patch node "$NS-a" --subresource status -p '{"status":{"conditions":[{"type":"Ready","status":"False","reason":"KubeletNotReady","message":"container runtime is down"}]}}' >/dev/null
sleep 55
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {reason: Unschedulable}, cause: {class: [Node, Scheduling], object: {kind: Node, name: $NS-a}}, trigger: {class: [NodeReplacement, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
