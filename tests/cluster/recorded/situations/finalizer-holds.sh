# Near miss: an old pod is held by a finalizer, but it has ended; the strategy Recreate goes on, and revision 2 is well.
deployment web 'args: [serve]' '' 'strategy: {type: Recreate}' | apply; ready deploy/web; sleep 2; pod=$(pod_of web)
k patch pod "$pod" --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}' >/dev/null
TAG=v2 deployment web 'args: [serve]' '' 'strategy: {type: Recreate}' | apply; sleep 45
truth Deployment web <<YAML
verdict: Healthy
findings: []
innocent: [{any: true}]
YAML
