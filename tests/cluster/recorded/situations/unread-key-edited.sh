# Revision 2 breaks the program; a moment before, somebody edited a key of its ConfigMap that it does not read.
k create configmap settings --from-literal=URL=db://one --from-literal=OTHER=x >/dev/null
env='env: [{name: URL, valueFrom: {configMapKeyRef: {name: settings, key: URL}}}]'
deployment web "args: [serve], $env" | apply; ready deploy/web; sleep 3; k patch configmap settings -p '{"data":{"OTHER":"y"}}' >/dev/null; sleep 1
deployment web "args: [exit, '3'], $env" | apply_as ci; at=$(now); restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: ci, time: $at}, trigger: {class: Rollout}}
innocent: [{class: ConfigChange}, {revision: 1}, {manager: kubectl-patch}]
YAML
