# Revision 2 names a claim that does not exist.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
deployment web 'args: [serve], volumeMounts: [{name: d, mountPath: /d}]' 'volumes: [{name: d, persistentVolumeClaim: {claimName: absent}}]' | apply; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: [Revision, Volume], object: {kind: [Deployment, PersistentVolumeClaim], name: [web, absent]}}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {class: Scheduling}]
YAML
