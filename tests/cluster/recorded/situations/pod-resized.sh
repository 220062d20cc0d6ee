# Somebody lowers the memory limit of one running pod; later its program needs more and is killed.
REPLICAS=1 deployment web 'args: [sleep, 20s, --, alloc, "60", --, serve], resources: {limits: {memory: 200Mi}}' | apply; ready deploy/web; sleep 4; pod=$(pod_of web)
k patch pod "$pod" --subresource resize -p '{"spec":{"containers":[{"name":"main","resources":{"requests":{"memory":"30Mi"},"limits":{"memory":"30Mi"}}}]}}' >/dev/null; at=$(now)
restarted web 1; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: OOMKilled, container: main, exitCode: 137, pods: 1}, cause: {class: DirectPodEdit, object: {kind: Pod, name: $pod}, path: "resources.limits.memory", manager: kubectl-patch, time: $at}, trigger: {class: DirectPodEdit}}
innocent: [{class: [Revision, Rollback, Restart, LimitRange]}]
YAML
