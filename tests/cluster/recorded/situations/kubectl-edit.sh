# kubectl edit changes an argument; the author is kubectl-edit.
deployment web 'args: [serve]' | apply_as ci; ready deploy/web; sleep 2
KUBE_EDITOR="sed -i s/-.serve/-\ oops/" k edit deploy web >/dev/null; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 64}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-edit, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: ci}]
YAML
