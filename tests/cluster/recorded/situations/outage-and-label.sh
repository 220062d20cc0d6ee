# Near miss: a dependency dies; a moment before someone labelled the Deployment, and someone edited a ConfigMap that it does not read.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
k create configmap unread --from-literal=A=b >/dev/null
web='args: [need-tcp, "'$IP':8080", --, serve], livenessProbe: {exec: {command: [workload, need-tcp, "'$IP':8080"]}, periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 5}'
deployment web "$web" | apply; ready deploy/web; sleep 15
k label deploy/web team=x >/dev/null; k patch configmap unread -p '{"data":{"A":"c"}}' >/dev/null
k delete pod db --now >/dev/null; restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Unknown, External]}}
innocent: [{class: [Revision, Rollback, Restart, Scale, ConfigChange]}]
YAML
