# No history is kept: of revision 2, which crashes without the rollout noticing, the predecessor is gone.
deployment web 'args: [serve]' '' 'revisionHistoryLimit: 0' | apply; ready deploy/web; sleep 2
deployment web 'args: [exit, "3", --after, 2s]' '' 'revisionHistoryLimit: 0' | apply; at=$(now); ready deploy/web; restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
fromDump: {verdict: Failing, findings: [{symptom: {container: main, exitCode: 3}, cause: {class: [Revision, Unknown], revision: 2}}]}
YAML
