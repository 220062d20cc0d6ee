# Revision 2 gets an init container that ends with 7; nothing else changes.
deployment web 'args: [serve]' | apply; ready deploy/web
sleep 2; deployment web 'args: [serve]' 'initContainers: [{name: prepare, image: "localhost/busybox:v2", args: [exit, "7"]}]' | apply; at=$(now)
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: prepare, containerType: Init, exitCode: 7, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "initContainers[prepare]", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {container: main}]
YAML
