# A Secret is edited; a scale-up makes the first pod that reads it.
k create secret generic access --from-literal=URL=db://one >/dev/null
deployment web 'args: [need-env, URL, --prefix, db, --, serve], envFrom: [{secretRef: {name: access}}]' | apply; ready deploy/web
sleep 3; k patch secret access -p '{"stringData":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 6
k scale deploy/web --replicas=3 >/dev/null; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2, pods: 1}, cause: {class: SecretChange, object: {kind: Secret, name: access}, manager: kubectl-patch, time: $at}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
