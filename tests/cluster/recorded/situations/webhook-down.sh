# A webhook is registered whose server does not answer at all; a scale-up cannot be admitted.
hook() { kubectl apply -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: $NS-hook}, webhooks: [{name: check.example.com, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Fail, timeoutSeconds: 2, clientConfig: {$1}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, objectSelector: {matchLabels: {app: web}}, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}]}
YAML
}
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
hook 'url: "https://127.0.0.1:1/check"'; sleep 3; k scale deploy/web --replicas=3 >/dev/null; see events 'failedcallingwebhook'; sleep 8
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: AdmissionPolicy, object: {kind: ValidatingWebhookConfiguration, name: $NS-hook}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
