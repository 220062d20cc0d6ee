# A MutatingAdmissionPolicy adds a container to every pod; its second version adds a broken one, which a pod that replaces a deleted one gets.
policy() { kubectl apply -f - >/dev/null <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: $NS-inject}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}], namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}}
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
  - patchType: JSONPatch
    jsonPatch: {expression: '[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "meter", image: "localhost/busybox:$1", args: ["$2", "$3"]}}]'}
YAML
}
policy v2 sleep 1h
kubectl apply -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicyBinding, metadata: {name: $NS-inject}, spec: {policyName: $NS-inject}}
YAML
sleep 3; deployment web 'args: [serve]' | apply; ready deploy/web; see pods '"name":"meter"'; sleep 2
policy v3 exit 6; sleep 4; k delete pod "$(pod_of web)" >/dev/null; restarted web 2; sleep 3
kubectl delete mutatingadmissionpolicybinding "$NS-inject" --wait=false >/dev/null
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: meter, exitCode: 6, pods: 1}, cause: {class: Injector, path: "containers[meter]"}, trigger: {class: [PodDeleted, Unknown]}}
innocent: [{class: [Revision, Rollback, Restart]}, {container: main}]
YAML
