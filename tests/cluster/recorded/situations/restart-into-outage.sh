# Near miss: a dependency is gone; a restart of the rollout, which changes nothing, makes new pods that need it. The old ones run on.
k run db --image localhost/busybox:v3 --restart=Never -- serve >/dev/null; k wait pod/db --for=condition=Ready --timeout=60s >/dev/null; IP=$(k get pod db -o jsonpath="{.status.podIP}")
deployment web 'args: [need-tcp, "'$IP':8080", --, serve]' | apply; ready deploy/web; sleep 3
k delete pod db --now >/dev/null; sleep 2; k rollout restart deploy/web >/dev/null; restarted web 3; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2}, cause: {class: [Unknown, External]}, trigger: {class: Restart}}
innocent: [{class: [Revision, Rollback, Restart, Scale, ConfigChange]}]
YAML
