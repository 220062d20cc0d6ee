# The only node that fits is lost for good; the pods' replacements find no node.
fake_node a; deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 3
kubectl delete node "$NS-a" >/dev/null; sleep 75
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {reason: Unschedulable}, cause: {class: [Node, Scheduling], object: {kind: [Node, Deployment]}}, trigger: {class: [NodeReplacement, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
