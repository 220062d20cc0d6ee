# A ValidatingAdmissionPolicy comes that refuses more than two replicas' worth of pods by a label; a scale-up meets it.
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
kubectl apply --server-side --field-manager=security -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: $NS-no}, spec: {failurePolicy: Fail, matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, validations: [{expression: "has(object.metadata.labels.team)", message: "a pod needs a team"}]}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: $NS-no}, spec: {policyName: $NS-no, validationActions: [Deny]}}
YAML
at=$(now); sleep 4; k scale deploy/web --replicas=3 >/dev/null; see rs FailedCreate; sleep 5
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: AdmissionPolicy, object: {kind: ValidatingAdmissionPolicy, name: $NS-no}, manager: [security, null]}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
kubectl delete validatingadmissionpolicybinding "$NS-no" --wait=false >/dev/null
