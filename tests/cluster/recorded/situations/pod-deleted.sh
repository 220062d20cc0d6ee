# Near miss: a pod is deleted by hand and replaced.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k delete pod "$(pod_of web)" >/dev/null; ready deploy/web; sleep 4
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
