# An operator's resource owns a Deployment, whose second revision crashes: the Deployment is the root.
kubectl apply -f - >/dev/null <<YAML
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: gadgets.example.org}, spec: {group: example.org, scope: Namespaced, names: {kind: Gadget, plural: gadgets, singular: gadget}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}
YAML
kubectl wait crd/gadgets.example.org --for=condition=Established --timeout=60s >/dev/null
echo '{apiVersion: example.org/v1, kind: Gadget, metadata: {name: above}}' | apply; uid=$(k get gadget above -o jsonpath='{.metadata.uid}')
own() { k patch deploy web --type merge -p "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"example.org/v1\",\"kind\":\"Gadget\",\"name\":\"above\",\"uid\":\"$uid\",\"controller\":true}]}}" >/dev/null; }
deployment web 'args: [serve]' | apply_as operator; own; ready deploy/web; sleep 2; TAG=v2 deployment web 'args: [exit, "3"]' | apply_as operator; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main, exitCode: 3}, cause: {class: Revision, object: {kind: Deployment, name: web}, revision: 2, manager: operator, time: $at}, trigger: {class: Rollout}}
innocent: [{revision: 1}, {manager: kubectl-patch}]
YAML
