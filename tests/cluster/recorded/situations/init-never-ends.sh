# Revision 2 brings an init container that waits for ever; the progress deadline passes.
patient="progressDeadlineSeconds: 20"
deployment web 'args: [serve]' "" "$patient" | apply; ready deploy/web; sleep 2
deployment web 'args: [serve]' 'initContainers: [{name: wait, image: "localhost/busybox:v1", args: [sleep]}]' "$patient" | apply; at=$(now)
see deploy/web '"reason":"ProgressDeadlineExceeded"'; sleep 3
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {container: wait, containerType: Init, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "initContainers[wait]", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {container: main}]
YAML
