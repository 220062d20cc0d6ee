# Near miss: the first pod of a Job fails, the second completes it.
k create configmap settings --from-literal=URL=bad >/dev/null
job once 'args: [need-env, URL, --prefix, db], envFrom: [{configMapRef: {name: settings}}]' '' 'backoffLimit: 4' | apply; see pods '"exitCode":2'
k patch configmap settings -p '{"data":{"URL":"db://one"}}' >/dev/null; k wait job/once --for=condition=Complete --timeout=60s >/dev/null; sleep 3
truth Job once <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
