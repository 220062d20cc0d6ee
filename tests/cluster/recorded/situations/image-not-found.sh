# Revision 2 names a tag that does not exist; set with kubectl set image.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k set image deploy/web main=localhost/busybox:v9 >/dev/null; at=$(now); see pods ImagePullBackOff; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: ErrImagePull, container: main, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-set, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: kubectl-client-side-apply}]
YAML
