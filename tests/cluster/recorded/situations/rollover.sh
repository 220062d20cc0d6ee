# Three revisions in a row: 1 is well, 2 exits with 3, and 3, before 2 is through, with 4. Each is judged for itself.
rolling='strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}'
probe='readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}'
REPLICAS=3 deployment web "args: [serve], $probe" '' "$rolling" | apply; ready deploy/web; sleep 2
REPLICAS=3 TAG=v2 deployment web "args: [exit, '3', --after, 1s], $probe" '' "$rolling" | apply_as one; sleep 6
REPLICAS=3 TAG=v3 deployment web "args: [exit, '4', --after, 1s], $probe" '' "$rolling" | apply_as two; at=$(now); restarted web 2; sleep 8
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 4}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 3, manager: two, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: kubectl-client-side-apply}]
YAML
