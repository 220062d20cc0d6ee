# A LimitRange comes that gives every container a small default limit; a pod that replaces a deleted one runs out of memory.
deployment web 'args: [alloc, "60", --, serve]' | apply; ready deploy/web; sleep 3
echo '{apiVersion: v1, kind: LimitRange, metadata: {name: defaults}, spec: {limits: [{type: Container, default: {memory: 20Mi}}]}}' | apply_as admin; at=$(now); sleep 3
k delete pod "$(pod_of web)" >/dev/null; restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: OOMKilled, container: main, pods: 1}, cause: {class: LimitRange, object: {kind: LimitRange, name: defaults}}, trigger: {class: [PodDeleted, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
