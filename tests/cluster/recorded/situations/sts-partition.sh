# A StatefulSet's partition lets only web-1 have revision 2, which crashes; web-0 is deleted and comes back of revision 1.
part='serviceName: web, updateStrategy: {rollingUpdate: {partition: 1}}'; spec() { statefulset web "$1" '' $'serviceName: web\n  updateStrategy: {rollingUpdate: {partition: 1}}'; }
spec 'args: [serve]' | apply; ready sts/web || see sts/web '"readyReplicas":2'; sleep 2; TAG=v2 spec 'args: [exit, "3"]' | apply; at=$(now); restarted web 1
k delete pod web-0 >/dev/null; restarted web 2; see pod/web-0 '"ready":true'; sleep 4
truth StatefulSet web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3, pods: 1}, cause: {class: Revision, object: {kind: StatefulSet, name: web}, revision: 2, path: "containers[main].image", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
revisions: [{pod: web-0, revision: 1}, {pod: web-1, revision: 2}]
YAML
