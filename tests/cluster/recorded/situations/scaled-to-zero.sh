# Near miss: a crashing Deployment is scaled to nothing.
deployment web 'args: [exit, "1"]' | apply; restarted web 1; k scale deploy/web --replicas=0 >/dev/null; sleep 8
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
