# An innocent revision 2 is well; a quota is lowered, and a pod that is deleted by hand cannot be made again.
k create quota room --hard=pods=6 >/dev/null; deployment web 'args: [serve]' | apply; ready deploy/web; TAG=v2 deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k patch quota room -p '{"spec":{"hard":{"pods":"1"}}}' >/dev/null; at=$(now); sleep 2; k delete pod "$(pod_of web)" >/dev/null; see rs FailedCreate; sleep 6
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate, pods: 0}, cause: {class: Quota, object: {kind: ResourceQuota, name: room}, path: "spec.hard[pods]", manager: kubectl-patch, time: $at}, trigger: {class: [PodDeleted, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart, Scale]}]
YAML
