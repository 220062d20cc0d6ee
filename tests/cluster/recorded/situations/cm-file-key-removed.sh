# A key that the pods mount is taken out of a ConfigMap; the rollout of an image that follows cannot mount it.
volume='volumes: [{name: cfg, configMap: {name: app-cfg, items: [{key: url, path: url}]}}]'
k create configmap app-cfg --from-literal=url=a --from-literal=mode=b >/dev/null
deployment web 'args: [serve], volumeMounts: [{name: cfg, mountPath: /cfg}]' "$volume" | apply; ready deploy/web; sleep 2
k patch configmap app-cfg --type json -p '[{"op":"remove","path":"/data/url"}]' >/dev/null; at=$(now); sleep 3
TAG=v2 deployment web 'args: [serve], volumeMounts: [{name: cfg, mountPath: /cfg}]' "$volume" | apply; sleep 22
truth Deployment web <<YAML
verdict: [Stuck, Failing]
fromWatch: {verdict: [Stuck, Failing], findings: [{symptom: {reason: FailedMount, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: app-cfg}, path: 'data[url]', manager: null, time: '$at'}, trigger: {class: Rollout}}]}
fromDump: {verdict: [Stuck, Failing], findings: [{symptom: {reason: FailedMount, pods: 1}, cause: {class: ConfigChange, object: {kind: ConfigMap, name: app-cfg}, manager: null}, trigger: {class: Rollout}}]}
innocent: [{class: [Revision, Rollback, Restart]}]
YAML
