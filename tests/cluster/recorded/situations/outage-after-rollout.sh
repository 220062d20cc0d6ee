# Near miss: an innocent revision 2 is well; then a dependency dies, and every pod with it. Nothing in the cluster's objects of this root explains it.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
web='args: [need-tcp, "'$IP':8080", --, serve], livenessProbe: {exec: {command: [workload, need-tcp, "'$IP':8080"]}, periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 5}'
deployment web "$web" | apply; ready deploy/web; TAG=v2 deployment web "$web" | apply; ready deploy/web; sleep 15
k delete pod db --now >/dev/null; restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Unknown, External]}}
innocent: [{class: [Revision, Rollback, Restart, Scale]}]
YAML
