# Another Deployment takes the room that a quota leaves; a scale-up of this one is refused.
k create quota room --hard=pods=4 >/dev/null; at=$(now); deployment web 'args: [serve]' | apply; ready deploy/web; deployment hog 'args: [serve]' | apply; ready deploy/hog; sleep 2
k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 6
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate, pods: 0}, cause: {class: Quota, object: {kind: ResourceQuota, name: room}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
