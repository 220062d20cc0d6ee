# A change-cause is left from the revision before; it is shown, but no evidence, and the image is what broke it.
deployment web 'args: [serve]' | apply; k annotate deploy/web kubernetes.io/change-cause="deploy one" >/dev/null; ready deploy/web; sleep 2
k set image deploy/web main=localhost/busybox:v8 >/dev/null; at=$(now); see pods ImagePullBackOff; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: ErrImagePull, container: main}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-set, time: $at}, trigger: {class: Rollout}}
innocent: [{manager: [kubectl-annotate, kubectl-client-side-apply]}]
notText: ["deploy one"]
YAML
