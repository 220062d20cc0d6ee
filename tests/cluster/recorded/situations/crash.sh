# Revision 2 (image and arguments) exits with 3; without a probe the rollout counts as successful.
deployment web 'args: [serve]' | apply; ready deploy/web
sleep 2; TAG=v2 deployment web 'args: [exit, "3"]' | apply; at=$(now)
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, containerType: Container, exitCode: 3, pods: 2}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
