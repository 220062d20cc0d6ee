# Near miss: a node gets a NoExecute taint; the pods move to another and are well.
fake_node a; fake_node b
deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 2; kubectl taint node "$NS-a" away=yes:NoExecute >/dev/null; sleep 3; ready deploy/web; sleep 4
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
