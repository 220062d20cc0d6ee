# One ConfigMap's edit breaks two Deployments at their next restart; each report names it.
k create configmap settings --from-literal=URL=db://one >/dev/null
export REPLICAS=1; for d in web shop; do deployment $d 'args: [need-env, URL, --prefix, db, --, serve], envFrom: [{configMapRef: {name: settings}}]' | apply; ready deploy/$d; done; sleep 3
k patch configmap settings -p '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 4; k rollout restart deploy web shop >/dev/null; restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: kubectl-patch, time: $at}, trigger: {class: Restart}}
innocent: [{class: [Revision, Rollback]}]
YAML
