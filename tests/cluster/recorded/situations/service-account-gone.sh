# The service account is deleted; a scale-up is refused.
k create serviceaccount runner >/dev/null; deployment web 'args: [serve]' 'serviceAccountName: runner' | apply; ready deploy/web; sleep 2
k delete serviceaccount runner >/dev/null; sleep 2; k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: Dependency, object: {kind: ServiceAccount, name: runner}, manager: null}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
