# A Deployment is deleted and made again under its name with a broken template: nothing of the earlier one counts.
deployment web 'args: [serve]' | apply; ready deploy/web; k delete deploy web >/dev/null; sleep 4; deployment web 'args: [exit, "3"]' | apply_as ci; at=$(now); restarted web 2; sleep 2
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 1, manager: ci, time: $at}, trigger: {class: Rollout}}
innocent: [{manager: kubectl-client-side-apply}]
YAML
