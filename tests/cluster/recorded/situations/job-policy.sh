# A Job's failure policy ends it at the first exit with 42.
job migrate 'args: [exit, "42"]' '' $'backoffLimit: 6\n  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}' | apply; k wait job/migrate --for=condition=Failed --timeout=60s >/dev/null; sleep 3
truth Job migrate <<YAML
verdict: Failing
findings:
- {symptom: {reason: [PodFailurePolicy, Error], container: main, exitCode: 42}, cause: {class: [Revision, Unknown], object: {kind: Job, name: migrate}}}
innocent: [{class: Node}]
YAML
