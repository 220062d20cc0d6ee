# A new revision logs more than its own limit of ephemeral storage allows; the kubelet evicts its pods, one after the other.
one() { REPLICAS=1 deployment web "args: [log, '$(printf 'x%.0s' {1..200})', --times, '$1', --every, 1us, --, serve], resources: {limits: {ephemeral-storage: 200Ki}}" | apply; }
one 1; ready deploy/web; sleep 3; one 5000; at=$(now); evicted 2; sleep 4
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: Evicted}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, path: "containers[main].args", manager: kubectl-client-side-apply, time: $at}, trigger: {class: Rollout}}
innocent: [{class: [Node, Eviction]}]
YAML
