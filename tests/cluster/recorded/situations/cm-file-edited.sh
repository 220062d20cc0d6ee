# A mounted ConfigMap is edited after an innocent revision 2; the kubelet brings the file into the running pods, whose probe then fails.
k create configmap settings --from-literal=mode=good >/dev/null
web='args: [serve], volumeMounts: [{name: c, mountPath: /c}], livenessProbe: {exec: {command: [workload, need-file, /c/mode, --contains, good]}, periodSeconds: 2, failureThreshold: 2}'; pod='volumes: [{name: c, configMap: {name: settings}}]'
deployment web "$web" "$pod" | apply; ready deploy/web; TAG=v2 deployment web "$web" "$pod" | apply; ready deploy/web; sleep 12
k patch configmap settings -p '{"data":{"mode":"bad"}}' >/dev/null; at=$(now); restarted web 2; sleep 3
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CrashLoopBackOff, container: main}, cause: {class: [ConfigChange, Unknown], object: {kind: ConfigMap, name: settings}, manager: kubectl-patch, time: $at}}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
