# Somebody lowers a quota; nothing happens until a scale-up, which is refused.
k create quota room --hard=pods=6 >/dev/null; deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k patch quota room -p '{"spec":{"hard":{"pods":"2"}}}' >/dev/null; at=$(now); sleep 3; k scale deploy/web --replicas=4 >/dev/null; see rs FailedCreate; sleep 6
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate, pods: 0}, cause: {class: Quota, object: {kind: ResourceQuota, name: room}, path: "spec.hard[pods]", manager: kubectl-patch, time: $at}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
