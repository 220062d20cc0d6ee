# Somebody sets the image of one pod itself to one that does not exist; the Deployment is innocent.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 3; pod=$(pod_of web)
k set image "pod/$pod" main=localhost/busybox:v9 >/dev/null; at=$(now); see pods ImagePullBackOff; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: ErrImagePull, container: main, pods: 1}, cause: {class: DirectPodEdit, object: {kind: Pod, name: $pod}, path: "containers[main].image", manager: kubectl-set, time: $at}, trigger: {class: DirectPodEdit}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
