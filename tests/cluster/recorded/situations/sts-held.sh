# A deleted pod of a StatefulSet is held by a finalizer; the one that is to bear its name cannot be made.
REPLICAS=1 statefulset web 'args: [serve]' | apply; ready sts/web; sleep 2
k patch pod web-0 --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}' >/dev/null; k delete pod web-0 --wait=false >/dev/null; sleep 55
truth StatefulSet web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: Terminating}, cause: {class: Termination, object: {kind: Pod, name: web-0}}, trigger: {class: [PodDeleted, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
# Only after the recording, so that the namespace can go.
(sleep 15; k patch pod web-0 --type merge -p '{"metadata":{"finalizers":null}}') >/dev/null 2>&1 &
