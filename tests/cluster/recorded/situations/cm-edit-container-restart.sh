# A ConfigMap is edited; a minute later a container restarts for a reason of its own and reads it.
k create configmap settings --from-literal=URL=db://one --from-literal=OTHER=x >/dev/null
deployment web 'args: [need-env, URL, --prefix, db, --, serve, --fail-health-file, /tmp/sick], envFrom: [{configMapRef: {name: settings}}], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}' | apply; ready deploy/web
sleep 3; k patch configmap settings -p '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 8
k exec "$(pod_of web)" -- workload write-file /tmp/sick yes; restarted web 3; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: kubectl-patch, time: $at}, trigger: {class: ContainerRestart}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Failing, findings: [{symptom: {container: main}, cause: {class: [ConfigChange, Unknown], object: {kind: ConfigMap, name: settings}, manager: kubectl-patch}, trigger: {class: ContainerRestart}}]}
YAML
