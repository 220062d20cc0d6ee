# The PriorityClass is deleted; a scale-up is refused.
kubectl create priorityclass "$NS-high" --value=100 >/dev/null; sleep 1; deployment web 'args: [serve]' "priorityClassName: $NS-high" | apply; ready deploy/web; sleep 2
kubectl delete priorityclass "$NS-high" >/dev/null; sleep 3; k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: Dependency, object: {kind: PriorityClass, name: $NS-high}, manager: null}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
