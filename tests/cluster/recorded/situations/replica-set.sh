# A ReplicaSet that nobody owns crashes from its beginning.
KIND=ReplicaSet deployment solo 'args: [exit, "5"]' | apply; restarted solo 2; sleep 3
truth ReplicaSet solo <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 5, pods: 2}, cause: {class: [Revision, Unknown], object: {kind: ReplicaSet, name: solo}}}
YAML
