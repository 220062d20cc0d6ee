# A ConfigMap is deleted while the pods run; a pod that is deleted by hand cannot come back.
k create configmap settings --from-literal=URL=db://one >/dev/null
deployment web 'args: [serve], envFrom: [{configMapRef: {name: settings}}]' | apply; ready deploy/web
sleep 3; k delete configmap settings >/dev/null; at=$(now); sleep 5
k delete pod "$(pod_of web)" >/dev/null; see pods CreateContainerConfigError; sleep 8
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CreateContainerConfigError, container: main, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: null, time: $at}, trigger: {class: PodDeleted}}
innocent: [{class: [Revision, Rollback, Restart]}]
fromDump: {verdict: Failing, findings: [{symptom: {reason: CreateContainerConfigError}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: null}, trigger: {class: [PodDeleted, Unknown]}}]}
YAML
