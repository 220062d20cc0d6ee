# Near miss: somebody sets another image on what an operator owns; the operator takes it back at once, and all is well.
deployment web 'args: [serve]' | apply_as operator; ready deploy/web; sleep 2
k set image deploy/web main=localhost/busybox:v2 >/dev/null; sleep 2; deployment web 'args: [serve]' | apply_as operator; ready deploy/web; sleep 6
truth Deployment web <<YAML
verdict: Healthy
findings: []
somewhere: ["image localhost/busybox:v1 → localhost/busybox:v2 by kubectl-set was taken back by operator"]
innocent: [{any: true}]
fromDump: {verdict: Healthy, findings: []}
YAML
