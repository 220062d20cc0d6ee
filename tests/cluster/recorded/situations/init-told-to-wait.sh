# An init container does what a ConfigMap says, and that was edited to wait; revision 2 only brings another image.
told() {
  TAG=$1 deployment web 'args: [serve]' 'initContainers: [{name: prepare, image: "localhost/busybox:v1", env: [{name: WORKLOAD, valueFrom: {configMapKeyRef: {name: orders, key: WHAT}}}]}]' "progressDeadlineSeconds: 20" | apply
}
k create configmap orders --from-literal=WHAT="log well" >/dev/null
told v1; ready deploy/web; sleep 2
k patch configmap orders --patch '{"data":{"WHAT":"sleep"}}' >/dev/null; at=$(now); sleep 2
told v2; see deploy/web '"reason":"ProgressDeadlineExceeded"'; sleep 3
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {container: prepare, containerType: Init, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: orders}, path: "data[WHAT]", manager: kubectl-patch, time: $at}, trigger: {class: Rollout}}
innocent: [{class: Revision}, {class: Rollback}]
YAML
