# Two managers apply parts of one Deployment; the image is team-b's, and its new one does not exist.
deployment web 'args: [serve]' | apply_as ci; ready deploy/web
owns() { k apply --server-side --force-conflicts --field-manager team-b -f - >/dev/null <<YAML
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: main, image: "localhost/busybox:$1"}]}}}}
YAML
}
owns v2; ready deploy/web; sleep 3; owns v9; at=$(now); k patch deploy web -p '{"spec":{"minReadySeconds":1}}' >/dev/null
see pods ImagePullBackOff; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: ErrImagePull, container: main}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 3, path: "containers[main].image", manager: team-b, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: [1, 2]}, {manager: [ci, kubectl-patch]}]
YAML
