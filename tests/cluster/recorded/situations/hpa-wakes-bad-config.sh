# A ConfigMap was edited and nobody read it; load makes an autoscaler add the pods that do.
k create configmap settings --from-literal=URL=db://one >/dev/null; load 10m
SCALE='' deployment web 'args: [need-env, URL, --prefix, db, --, serve], envFrom: [{configMapRef: {name: settings}}], resources: {requests: {cpu: 20m}}' | apply; ready deploy/web
autoscaler 2 3; see deploy '"readyReplicas":2'; sleep 20; k patch configmap settings -p '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 4
load 18m; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 2, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: kubectl-patch, time: $at}, trigger: {class: Autoscaler, object: {kind: HorizontalPodAutoscaler, name: web}}}
innocent: [{class: [Revision, Rollback, Restart, Scale]}]
fromDump: {verdict: Failing, findings: [{symptom: {container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: kubectl-patch}, trigger: {class: Autoscaler}}]}
YAML
