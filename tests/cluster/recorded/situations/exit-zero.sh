# Revision 2 runs something that ends well, again and again: a loop with code 0.
deployment web 'args: [serve]' | apply; ready deploy/web
sleep 2; deployment web 'args: [sleep, 1s]' | apply; at=$(now)
restarted web 3; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 0, pods: 2}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
