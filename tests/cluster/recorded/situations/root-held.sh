# A Deployment is deleted after a healthy rollout; a finalizer that nobody removes keeps it.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
TAG=v2 deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k patch deploy web --type merge -p '{"metadata":{"finalizers":["example.com/cleanup"]}}' >/dev/null
k delete deploy web --wait=false >/dev/null; sleep 40
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Terminating, pods: 0}, cause: {class: Termination, object: {kind: Deployment, name: web}}, trigger: {class: None}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
