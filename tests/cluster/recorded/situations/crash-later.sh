# Revision 2 becomes ready, the rollout succeeds, and its containers exit after twelve seconds each time.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [exit, "5", --after, 12s]' | apply; at=$(now); ready deploy/web; restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 5}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
