# Revision 2 names a readiness gate that nobody opens.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2; deployment web 'args: [serve]' 'readinessGates: [{conditionType: example.com/gate}]' | apply; at=$(now); sleep 68
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {reason: ReadinessGatesNotReady, pods: 1}, cause: {class: [Revision, External]}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
