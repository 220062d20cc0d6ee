# An indexed Job whose pods all fail; its limit per index ends it.
job batch 'args: [exit, "3"]' '' $'completions: 2\n  parallelism: 2\n  completionMode: Indexed\n  backoffLimitPerIndex: 1\n  backoffLimit: 9' | apply; k wait job/batch --for=condition=Failed --timeout=60s >/dev/null; sleep 3
truth Job batch <<YAML
verdict: Failing
findings:
- {symptom: {container: main, exitCode: 3}, cause: {class: [Revision, Unknown], object: {kind: Job, name: batch}}}
innocent: [{class: Node}]
YAML
