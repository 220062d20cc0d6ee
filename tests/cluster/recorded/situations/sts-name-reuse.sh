# Near miss: web-0 crashed under an earlier identity; the pod that bears its name now is well.
REPLICAS=1 statefulset web 'args: [exit, "3"]' | apply; restarted web 2
REPLICAS=1 statefulset web 'args: [serve]' | apply; sleep 2; k delete pod web-0 >/dev/null; ready sts/web; sleep 5
truth StatefulSet web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
