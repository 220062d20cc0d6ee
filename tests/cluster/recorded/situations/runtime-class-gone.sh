# The RuntimeClass is deleted; a scale-up is refused.
echo "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: $NS-box}, handler: any}" | kubectl apply -f - >/dev/null; fake_node a; sleep 1
deployment web 'args: [serve]' "runtimeClassName: $NS-box, $(fake)" | apply; ready deploy/web; sleep 2
kubectl delete runtimeclass "$NS-box" >/dev/null; sleep 3; k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: Dependency, object: {kind: RuntimeClass, name: $NS-box}, manager: null}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
