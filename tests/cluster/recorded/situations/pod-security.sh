# The namespace gets a stricter Pod Security level; a scale-up is refused.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
kubectl label namespace "$NS" pod-security.kubernetes.io/enforce=restricted >/dev/null 2>&1; at=$(now); sleep 3
k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: AdmissionPolicy, object: {kind: Namespace, name: $NS}, manager: kubectl-label, time: $at}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
