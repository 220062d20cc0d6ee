# A Deployment is deleted but its set stays; made again, it adopts the set: its pods never changed.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k delete deploy web --cascade=orphan >/dev/null; sleep 3; deployment web 'args: [serve]' | apply; ready deploy/web; sleep 4
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
