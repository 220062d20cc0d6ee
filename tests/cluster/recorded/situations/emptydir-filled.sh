# A new revision writes more into its emptyDir than the volume may hold; the kubelet evicts its pods, one after the other.
fill() { seq -f 'write-file, /data/%g, x, --, ' "$1" | tr -d '\n'; }
one() { REPLICAS=1 deployment web "args: [$(fill "$1")serve], volumeMounts: [{name: data, mountPath: /data}]" 'volumes: [{name: data, emptyDir: {sizeLimit: 32Ki}}]' | apply; }
one 1; ready deploy/web; sleep 3; one 12; at=$(now); evicted 2; sleep 4
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: Evicted}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{class: [Node, Eviction]}]
YAML
