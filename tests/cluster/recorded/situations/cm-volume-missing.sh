# Revision 2 mounts a ConfigMap that does not exist: its pod never starts.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve], volumeMounts: [{name: v, mountPath: /v}]' 'volumes: [{name: v, configMap: {name: absent}}]' | apply; at=$(now); sleep 24
truth Deployment web <<YAML
verdict: [Stuck, Failing]
findings:
- {symptom: {reason: [FailedMount, ContainerCreating], pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "volumes[v]", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}]
YAML
