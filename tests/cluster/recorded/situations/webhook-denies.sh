# A real webhook answers no; a scale-up is refused.
hook() { kubectl apply -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: $NS-hook}, webhooks: [{name: check.example.com, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Fail, timeoutSeconds: 2, clientConfig: {$1}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, objectSelector: {matchLabels: {app: web}}, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}]}
YAML
}
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$OUT/key" -out "$OUT/crt" -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
(cd "$OUT" && exec python3 "$here/deny.py") >"$OUT/port" & server=$!; sleep 1
hook "url: 'https://127.0.0.1:$(cat "$OUT/port")/check', caBundle: $(base64 -w0 <"$OUT/crt")"; rm "$OUT/port" "$OUT/key" "$OUT/crt"; sleep 3; k scale deploy/web --replicas=3 >/dev/null; see events 'deniedtherequest'; sleep 6; kill $server
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: AdmissionPolicy, object: {kind: ValidatingWebhookConfiguration, name: $NS-hook}}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
