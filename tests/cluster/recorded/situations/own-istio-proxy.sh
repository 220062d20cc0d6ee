# A user's own container bears an injector's name; revision 2 breaks it.
proxy() { echo "{name: istio-proxy, image: 'localhost/busybox:$1', args: [$2]}"; }
MORE=$(proxy v1 'serve, --port, "9090"') deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
MORE=$(proxy v2 'exit, "8"') deployment web 'args: [serve]' | apply; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: istio-proxy, containerType: Container, exitCode: 8}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[istio-proxy]", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: Injector}]
YAML
