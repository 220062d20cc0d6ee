# Near miss: a dependency is gone; a container restarts for a reason of its own, and needs it.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
web='args: [need-tcp, "'$IP':8080", --, serve, --fail-health-file, /tmp/sick], livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1, failureThreshold: 1}'
deployment web "$web" | apply; ready deploy/web; TAG=v2 deployment web "$web" | apply; ready deploy/web; sleep 12
k delete pod db --now >/dev/null; sleep 1; k exec "$(pod_of web)" -- workload write-file /tmp/sick yes
restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [Unknown, External]}, trigger: {class: [ContainerRestart, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart, Scale, ConfigChange]}]
YAML
