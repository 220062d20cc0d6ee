# A first revision's claim has no class and no volume: its pod never finds a node.
echo '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}' | apply
deployment web 'args: [serve], volumeMounts: [{name: d, mountPath: /d}]' 'volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]' | apply; sleep 40
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 2}, cause: {class: Volume, object: {kind: PersistentVolumeClaim, name: data}}, trigger: {class: Rollout}}
innocent: [{class: [Scheduling]}]
YAML
