# Revision 2 reads a ConfigMap that never existed: the revision is to blame.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve], envFrom: [{configMapRef: {name: absent}}]' | apply_as ci; at=$(now); see pods CreateContainerConfigError; sleep 8
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CreateContainerConfigError, container: main, pods: 1}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].envFrom", manager: ci, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: ConfigChange}, {manager: kubectl-client-side-apply}]
YAML
