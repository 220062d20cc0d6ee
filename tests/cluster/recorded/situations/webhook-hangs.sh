# A webhook's server takes connections and never answers; a rollout of an innocent revision cannot be admitted.
hook() { kubectl apply -f - >/dev/null <<YAML
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: $NS-hook}, webhooks: [{name: check.example.com, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Fail, timeoutSeconds: 2, clientConfig: {$1}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, objectSelector: {matchLabels: {app: web}}, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}]}
YAML
}
deployment web 'args: [serve]' | apply; ready deploy/web; sleep 2
python3 -c 'import socket,time
s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(99); print(s.getsockname()[1],flush=True); time.sleep(60)' >"$OUT/port" &
server=$!; sleep 1; hook "url: 'https://127.0.0.1:$(cat "$OUT/port")/check'"; rm "$OUT/port"; sleep 3; TAG=v2 deployment web 'args: [serve]' | apply; see events 'failedcallingwebhook'; sleep 6
kill $server
truth Deployment web <<YAML
verdict: Stuck
findings:
- {symptom: {reason: FailedCreate}, cause: {class: AdmissionPolicy, object: {kind: ValidatingWebhookConfiguration, name: $NS-hook}}, trigger: {class: Rollout}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
