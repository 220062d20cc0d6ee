# Near miss: a drain is held back by a disruption budget; the Deployment is well.
fake_node a; k create pdb web --selector app=web --min-available 2 >/dev/null; deployment web 'args: [serve]' "$(fake)" | apply; ready deploy/web; sleep 2
timeout 6 kubectl drain "$NS-a" --ignore-daemonsets --force >/dev/null 2>&1 || true; sleep 3
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
