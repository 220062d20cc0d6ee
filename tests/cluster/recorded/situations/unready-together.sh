# Near miss: a dependency dies during the rollout of revision 2: pods of both revisions turn unready at once.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
web='args: [serve], readinessProbe: {exec: {command: [workload, need-tcp, "'$IP':8080"]}, periodSeconds: 1, failureThreshold: 2, timeoutSeconds: 5}'
deployment web "$web" '' 'minReadySeconds: 30' | apply; sleep 14; TAG=v2 deployment web "$web" '' 'minReadySeconds: 30' | apply; sleep 8
k delete pod db --now >/dev/null; sleep 25
truth Deployment web <<YAML
verdict: [Failing, Stuck]
findings:
- {symptom: {reason: Unhealthy, container: main}, cause: {class: [Unknown, External]}}
innocent: [{class: [Revision, Rollback, Restart, Scale, ConfigChange]}]
YAML
