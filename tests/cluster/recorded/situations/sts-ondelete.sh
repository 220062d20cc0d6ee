# A StatefulSet's update waits for somebody to delete pods; one is deleted and crashes with revision 2.
od=$'serviceName: web\n  updateStrategy: {type: OnDelete}'
statefulset web 'args: [serve]' '' "$od" | apply; see sts/web '"readyReplicas":2'; sleep 2; TAG=v2 statefulset web 'args: [exit, "3"]' '' "$od" | apply; at=$(now); sleep 3
k delete pod web-1 >/dev/null; restarted web 2; sleep 4
truth StatefulSet web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3, pods: 1}, cause: {class: Revision, object: {kind: StatefulSet, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-client-side-apply, time: $at}, trigger: {class: [PodDeleted, Rollout]}}
innocent: [{revision: 1}]
YAML
