# Near miss: a bad edit of a paused Deployment breaks nothing, nor does a scale-up of what runs.
deployment web 'args: [serve]' | apply; ready deploy/web
k rollout pause deploy/web >/dev/null; k set image deploy/web main=localhost/busybox:v9 >/dev/null; sleep 2
k scale deploy/web --replicas=3 >/dev/null; see deploy/web '"readyReplicas":3'; sleep 5
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
