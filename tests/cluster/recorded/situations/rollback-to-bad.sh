# Revision 1 crashed, revision 2 was well; an undo brings the crash back. The rollback is to blame, not who wrote revision 1.
deployment web 'args: [exit, "4"]' | apply; restarted web 1
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 3
k rollout undo deploy/web >/dev/null; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 4}, cause: {class: Rollback, object: {kind: Deployment, name: web}, revision: 3, path: "containers[main].args", manager: kubectl, time: $at}, trigger: {class: Rollback}}
innocent: [{revision: [1, 2]}, {manager: kubectl-client-side-apply}]
YAML
