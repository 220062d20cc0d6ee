# A ConfigMap is edited while revision 2 runs on with what it read; an undo to revision 1, which had run well, reads it.
needs() { TAG=$1 deployment web 'args: [need-env, URL, --prefix, "db://", --, sleep], envFrom: [{configMapRef: {name: settings}}]' | apply; ready deploy/web; sleep 2; }
k create configmap settings --from-literal=URL=db://one >/dev/null
needs v1; needs v2
k patch configmap settings --patch '{"data":{"URL":"http://wrong"}}' >/dev/null; at=$(now); sleep 3
k rollout undo deploy/web >/dev/null; restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {container: main, exitCode: 2}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: kubectl-patch, time: $at}, trigger: {class: Rollback}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
