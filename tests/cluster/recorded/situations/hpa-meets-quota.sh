# An autoscaler raises the replicas to its new minimum; a quota refuses the pods. The revision has nothing to do with it.
k create quota room --hard=pods=3 >/dev/null; deployment web 'args: [serve]' | apply; ready deploy/web
hpa() { echo "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {minReplicas: $1, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}"; }
hpa 2 | apply; sleep 3; hpa 5 | apply; see rs FailedCreate; sleep 6
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate, pods: 0}, cause: {class: Quota, object: {kind: ResourceQuota, name: room}}, trigger: {class: Autoscaler}}
innocent: [{class: [Revision, Rollback, Restart, Scale]}]
YAML
