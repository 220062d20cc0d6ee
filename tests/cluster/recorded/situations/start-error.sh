# Revision 2 names a command that the image does not have.
deployment web 'args: [serve]' | apply; ready deploy/web
sleep 2; deployment web 'command: [/bin/nothing], args: [serve]' | apply; at=$(now)
restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: [StartError, RunContainerError, CrashLoopBackOff], container: main, containerType: Container}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].command", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
