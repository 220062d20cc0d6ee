# A new revision crashes, and the one before it is gone: the Service has no endpoints left.
one() { REPLICAS=2 deployment web "args: [$1], readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}" '' 'strategy: {type: Recreate}' | apply; }
one serve; k expose deploy web --port 80 --target-port 8080 >/dev/null; ready deploy/web; sleep 4; one 'exit, "3", --after, 1s'; at=$(now); restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
somewhere: ["Service web has no ready endpoints because of it"]
YAML
