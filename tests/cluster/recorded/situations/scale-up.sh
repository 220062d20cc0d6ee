# Near miss: scaled by hand and by nobody else; all is well.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k scale deploy/web --replicas=4 >/dev/null; ready deploy/web; sleep 4
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
