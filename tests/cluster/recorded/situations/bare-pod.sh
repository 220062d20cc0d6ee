# A pod that nobody owns crashes from its beginning.
k run one --image localhost/busybox:v1 -- exit 5 >/dev/null; see pods '"restartCount":2'; sleep 3
truth Pod one <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: one, exitCode: 5}, cause: {class: [Revision, Unknown], object: {kind: Pod, name: one}, manager: [kubectl-run, null]}, trigger: {class: [None, Rollout, Unknown]}}
YAML
