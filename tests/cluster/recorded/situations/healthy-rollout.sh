# Near miss: a healthy rollout whose old pods end with 137 and 143.
deployment web 'args: [serve, --ignore-term]' | apply; ready deploy/web; sleep 2
TAG=v2 deployment web 'args: [serve]' | apply; ready deploy/web; sleep 6
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
