# A Job restarts its container in place; at its limit the controller deletes the pod, and with it the evidence.
job again 'args: [exit, "9"]' 'restartPolicy: OnFailure' 'backoffLimit: 1' | apply; k wait job/again --for=condition=Failed --timeout=90s >/dev/null; sleep 3
truth Job again <<YAML
verdict: Failing
findings:
- {symptom: {reason: [BackoffLimitExceeded, CrashLoopBackOff, Error], exitCode: 9}, cause: {class: [Revision, Unknown]}}
innocent: [{class: Node}]
fromDump: {verdict: Failing, findings: [{symptom: {reason: BackoffLimitExceeded}, cause: {class: [Revision, Unknown]}}]}
YAML
