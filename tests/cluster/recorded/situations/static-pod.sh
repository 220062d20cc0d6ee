# The manifest of a static pod is edited on the node; what the kubelet makes of it crashes.
manifest() { cat >"${KUBECONFIG%/*}/static-pods/$NS.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: $NS}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: main, image: "localhost/busybox:v1", args: [$1]}]}
YAML
}
trap 'rm "${KUBECONFIG%/*}/static-pods/$NS.yaml"' EXIT
manifest serve; see pods '"ready":true'; sleep 4; manifest 'exit, "3"'; see pods '"restartCount":[2-9]'; sleep 2
truth Pod agent-127.0.0.1 <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 3, pods: 1}, cause: {class: Node, object: {kind: Node, name: 127.0.0.1}}, trigger: {class: None}}
innocent: [{class: [Revision, Rollback, Restart, DirectPodEdit]}]
YAML
