# A ConfigMap is edited; later one pod is deleted by hand, and the new one reads it.
k create configmap settings --from-literal=URL=db://one >/dev/null
deployment web 'args: [need-env, URL, --prefix, db, --, serve, --fail-health-file, /tmp/sick], envFrom: [{configMapRef: {name: settings}}], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}' | apply; ready deploy/web
sleep 3; k patch configmap settings -p '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 8
k delete pod "$(pod_of web)" >/dev/null; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 2, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: kubectl-patch, time: $at}, trigger: {class: PodDeleted}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Failing, findings: [{symptom: {container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: kubectl-patch}, trigger: {class: [PodDeleted, Unknown]}}]}
YAML
