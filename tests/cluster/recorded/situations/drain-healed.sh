# Near miss: a node is drained; its pods find room on another.
fake_node a; fake_node b
deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 2
kubectl drain "$NS-a" --ignore-daemonsets --force >/dev/null 2>&1; ready deploy/web; sleep 4
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
