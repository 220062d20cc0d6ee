# Near miss: a bad template of a DaemonSet that updates on deletion only; no pod carries it yet.
daemonset agent 'args: [serve]' '' 'updateStrategy: {type: OnDelete}' | apply; see ds/agent '"numberReady":1'; sleep 2
TAG=v2 daemonset agent 'args: [exit, "3"]' '' 'updateStrategy: {type: OnDelete}' | apply; sleep 6
truth DaemonSet agent <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
