# A LimitRange comes that allows less than the template asks; a scale-up is refused.
deployment web 'args: [serve], resources: {limits: {memory: 100Mi}}' | apply; ready deploy/web; sleep 2
echo '{apiVersion: v1, kind: LimitRange, metadata: {name: bounds}, spec: {limits: [{type: Container, max: {memory: 64Mi}}]}}' | apply_as admin; at=$(now); sleep 2
k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: LimitRange, object: {kind: LimitRange, name: bounds}, manager: admin, time: $at}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
