# A ConfigMap is edited, nothing happens; a restart of the rollout makes the pods read it. The edit is the cause.
k create configmap settings --from-literal=URL=db://one >/dev/null
deployment web 'args: [need-env, URL, --prefix, db, --, serve], envFrom: [{configMapRef: {name: settings}}]' | apply; ready deploy/web
sleep 3; k patch configmap settings -p '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 6
k rollout restart deploy/web >/dev/null; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: kubectl-patch, time: $at}, trigger: {class: Restart}}
innocent: [{class: [Revision, Rollback]}, {manager: kubectl-rollout}]
fromDump: {verdict: Failing, findings: [{symptom: {container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: kubectl-patch}, trigger: {class: Restart}}]}
YAML
