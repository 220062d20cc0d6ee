# Near miss: a debug container that ended with 1 is no failure.
deployment web 'args: [serve]' | apply; ready deploy/web
k debug "$(pod_of web)" --image localhost/busybox:v2 -c probe -- workload exit 1 >/dev/null; see pods '"exitCode":1'; sleep 5
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
