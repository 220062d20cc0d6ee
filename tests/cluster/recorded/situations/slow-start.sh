# Near miss: revision 2 starts slowly, but within its startup probe; then it is well.
deployment web 'args: [serve]' | apply; ready deploy/web
deployment web 'args: [serve, --delay, 12s], startupProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2, failureThreshold: 20}' | apply; ready deploy/web; sleep 5
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
