# A Job takes longer than it may.
job slow 'args: [sleep, 1h]' '' $'activeDeadlineSeconds: 5\n  backoffLimit: 1' | apply; k wait job/slow --for=condition=Failed --timeout=60s >/dev/null; sleep 3
truth Job slow <<YAML
verdict: Failing
findings:
- {symptom: {reason: DeadlineExceeded}, cause: {class: [Revision, Unknown]}}
innocent: [{class: [Node, Eviction]}]
YAML
