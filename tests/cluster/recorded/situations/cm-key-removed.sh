# A key is removed from a ConfigMap by a JSON patch, which leaves no mark; a scale-up exposes it.
k create configmap settings --from-literal=URL=db://one --from-literal=OTHER=x >/dev/null
deployment web 'args: [serve], env: [{name: URL, valueFrom: {configMapKeyRef: {name: settings, key: URL}}}]' | apply; ready deploy/web
sleep 3; k patch configmap settings --type json -p '[{"op":"remove","path":"/data/URL"}]' >/dev/null; at=$(now); sleep 5
k scale deploy/web --replicas=3 >/dev/null; see 'pods' CreateContainerConfigError; sleep 8
truth Deployment web <<YAML
verdict: Failing
findings:
- {symptom: {reason: CreateContainerConfigError, container: main, containerType: Container, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, path: "data[URL]", manager: null, time: $at}, trigger: {class: Scale}}
innocent: [{class: [Revision, Rollback, Restart]}, {manager: kubectl-create}]
fromDump: {verdict: Failing, findings: [{symptom: {reason: CreateContainerConfigError}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: settings}, manager: null}, trigger: {class: Scale}}]}
YAML
