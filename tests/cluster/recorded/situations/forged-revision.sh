# A manifest carries an old revision annotation; the set's own number counts.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 1; deployment web 'args: [exit, "3"]' | sed 's|metadata: {name: web, |&annotations: {deployment.kubernetes.io/revision: "7"}, |' | apply; at=$(now); restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: [1, 7]}]
YAML
