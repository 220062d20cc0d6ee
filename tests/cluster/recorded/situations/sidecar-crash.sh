# Revision 2 changes the arguments of a native sidecar, which then exits with 9; the main container is well.
side() { echo "initContainers: [{name: proxy, restartPolicy: Always, image: 'localhost/busybox:v1', args: [$1]}]"; }
deployment web 'args: [serve]' "$(side 'serve, --port, "9090"')" | apply; ready deploy/web
sleep 2; deployment web 'args: [serve]' "$(side 'exit, "9", --after, 1s')" | apply; at=$(now)
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: proxy, containerType: Sidecar, exitCode: 9}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "initContainers[proxy].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {container: main}]
YAML
