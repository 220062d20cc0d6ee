# Near miss: a dependency is gone; a scale-up makes a pod that needs it.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
web='args: [need-tcp, "'$IP':8080", --, serve, --fail-health-file, /tmp/sick], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}'
deployment web "$web" | apply; ready deploy/web; TAG=v2 deployment web "$web" | apply; ready deploy/web; sleep 12
k delete pod db --now >/dev/null; sleep 1; k scale deploy/web --replicas=3 >/dev/null
restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Unknown, External]}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart, Scale, ConfigChange]}]
YAML
