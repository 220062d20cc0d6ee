# A webhook's own Deployment is scaled to nothing; everybody who makes a pod is refused.
hook() { kubectl apply -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: $NS-hook}, webhooks: [{name: check.example.com, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Fail, timeoutSeconds: 2, clientConfig: {$1}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, objectSelector: {matchLabels: {app: web}}, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}]}
YAML
}
deployment hook 'args: [serve]' | apply; ready deploy/hook; k expose deploy hook --port 443 --target-port 8080 >/dev/null; deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
k scale deploy/hook --replicas=0 >/dev/null; sleep 3; hook "service: {namespace: $NS, name: hook}"; sleep 3; k scale deploy/web --replicas=3 >/dev/null; see events 'failedcallingwebhook'; sleep 6
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: [AdmissionPolicy, Scale], object: {kind: [ValidatingWebhookConfiguration, Deployment], name: [$NS-hook, hook]}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
