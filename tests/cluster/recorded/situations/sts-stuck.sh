# Revision 2 of a StatefulSet breaks web-1; it is reverted, but the broken pod stays until somebody deletes it.
probe='readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}'
statefulset web "args: [serve], $probe" | apply; ready sts/web; sleep 2; TAG=v2 statefulset web "args: [exit, '3'], $probe" | apply; restarted web 1
statefulset web "args: [serve], $probe" | apply; restarted web 2; sleep 4
truth StatefulSet web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3, pods: 1}, cause: {class: [Revision, Unknown], object: {kind: StatefulSet, name: web}, revision: 2}}
innocent: [{revision: [1, 3]}, {class: Rollback}]
YAML
