# Near miss: the pods may not share a node; a scale-up asks for one more than there are nodes. An innocent revision came just before.
fake_node a; fake_node b; pod="affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}]}}, $(fake)"
rolling='strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}'
deployment web 'args: [serve]' "$pod" "$rolling" | apply; ready deploy/web; TAG=v2 deployment web 'args: [serve]' "$pod" "$rolling" | apply; ready deploy/web; sleep 3; k scale deploy/web --replicas=3 >/dev/null; sleep 38
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Unschedulable, pods: 1}, cause: {class: [Scheduling, Scale], object: {kind: Deployment, name: web}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
