# Near miss for changes: the first revision never ran; there is nothing to compare it with.
deployment web 'args: [exit, "2"]' | apply_as ci; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 2, pods: 2}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 1, manager: ci, time: $at}, trigger: {class: Rollout}}
YAML
