# Near miss: the load ends and an autoscaler takes pods away, just after a rollout; the Deployment is well.
CPU=4 fake_node a; load 250m
one() { SCALE='' deployment web 'args: [serve], resources: {requests: {cpu: 500m}}' "$(fake)" | apply; ready deploy/web; }
one; autoscaler 1 6; k scale deploy web --replicas=4 >/dev/null; ready deploy/web; sleep 20; TAG=v2 one; load 60m
see deploy '"replicas":1,"terminatingReplicas":0'; sleep 5
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
