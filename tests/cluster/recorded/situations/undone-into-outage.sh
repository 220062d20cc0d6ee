# Near miss: a dependency is gone; an undo to revision 1, which was well, makes pods that need it. A dump cannot know that it was.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
web='args: [need-tcp, "'$IP':8080", --, serve, --fail-health-file, /tmp/sick], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}'
deployment web "$web" | apply; ready deploy/web; TAG=v2 deployment web "$web" | apply; ready deploy/web; sleep 12
k delete pod db --now >/dev/null; sleep 1; k rollout undo deploy/web >/dev/null
restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Rollback, Unknown, External]}, trigger: {class: [Rollback, Unknown]}}
fromDump: {verdict: Failing, findings: [{symptom: {container: main}, cause: {class: [Rollback, Unknown, External]}}]}
YAML
