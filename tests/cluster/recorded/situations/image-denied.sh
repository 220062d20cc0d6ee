# Revision 2 names an image that the registry gives to nobody without a password.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k patch deploy web --type strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"localhost/private/shop:v1"}]}}}}' >/dev/null; at=$(now); see pods ImagePullBackOff; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: ErrImagePull, container: main, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-patch, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: kubectl-client-side-apply}]
YAML
