# The namespace has long been strict; revision 2 asks for the host's network and is refused. The revision is to blame.
kubectl label namespace "$NS" pod-security.kubernetes.io/enforce=baseline >/dev/null
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 8
deployment web 'args: [serve]' 'hostNetwork: true' | apply; at=$(now); see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: [Revision, AdmissionPolicy], object: {kind: [Deployment, Namespace]}}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
