# What the situations are told with. A situation is a script in situations/ that does
# something to the namespace $NS, waits until it shows, and ends with its truth.

# kubectl in the situation's namespace.
k() { kubectl -n "$NS" "$@"; }

# deployment NAME CONTAINER [POD [SPEC]]: a manifest; fields in YAML's flow style.
deployment() {
  cat <<YAML
apiVersion: apps/v1
kind: ${KIND:-Deployment}
metadata: {name: $1, labels: {app: $1}}
spec:
  ${SCALE-replicas: ${REPLICAS:-2}}
  selector: {matchLabels: {app: $1}}
  ${4:-}
  template:
    metadata: {labels: {app: $1}${META:+, $META}}
    spec: {terminationGracePeriodSeconds: 0, ${3:+$3, }containers: [{name: main, image: "localhost/busybox:${TAG:-v1}", $2}${MORE:+, $MORE}]}
YAML
}
statefulset() { KIND=StatefulSet deployment "$1" "$2" "${3:-}" "${4:-serviceName: $1}"; }
daemonset() { KIND=DaemonSet SCALE= deployment "$@"; }
# job NAME CONTAINER [POD [SPEC]]
job() {
  cat <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: $1}
spec:
  ${4:-backoffLimit: 1}
  template:
    metadata: {labels: {app: $1}}
    spec: {terminationGracePeriodSeconds: 0, ${3:-restartPolicy: Never}, containers: [{name: main, image: "localhost/busybox:${TAG:-v1}", $2}]}
YAML
}

# Applies what it reads as kubectl does by default, or by server-side apply under a manager's name.
apply() { k apply -f - >/dev/null; }
apply_as() { k apply --server-side --force-conflicts --field-manager "$1" -f - >/dev/null; }
# Waits for a rollout.
ready() { k rollout status "$1" --timeout=100s >/dev/null; }

# see WHAT REGEX: waits until `kubectl get WHAT -o json` shows it.
see() {
  for _ in $(seq 1 200); do
    # shellcheck disable=SC2086
    if k get $1 -o json 2>/dev/null | tr -d ' \n' | grep -qE -- "$2"; then return 0; fi
    sleep 0.5
  done
  echo "$NS: never saw $2 in $1" >&2
  return 1
}
# Waits until a pod with this label has restarted so often.
restarted() { see "pods -l app=$1" "\"restartCount\":($(seq -s'|' "$2" $(($2 + 9))))"; }
# evicted COUNT: waits until so many pods were thrown out by their node. One that ends with 0 then is
# called Succeeded and has no reason; only the event tells.
evicted() {
  for _ in $(seq 1 300); do
    if [ "$(k get events --field-selector reason=Evicted -o name | wc -l)" -ge "$1" ]; then return 0; fi
    sleep 1
  done
  return 1
}
# The name of the first pod with this label.
pod_of() { k get pods -l "app=$1" -o jsonpath='{.items[0].metadata.name}'; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
# A fake node of the situation's own; pods get there by FAKE.
fake_node() {
  kubectl create -f - >/dev/null <<YAML
apiVersion: v1
kind: Node
metadata:
  name: $NS-$1
  annotations: {kwok.x-k8s.io/node: fake}
  labels: {kubernetes.io/hostname: $NS-$1, kubernetes.io/os: linux, for: $NS${2:+, $2}}
spec: {taints: [{key: for, value: $NS, effect: NoSchedule}]}
status:
  allocatable: {cpu: "${CPU:-4}", memory: 8Gi, pods: "20"}
  capacity: {cpu: "${CPU:-4}", memory: 8Gi, pods: "20"}
YAML
  kubectl wait "node/$NS-$1" --for=condition=Ready --timeout=60s >/dev/null
}
fake() { echo "nodeSelector: {for: $NS}, tolerations: [{key: for, operator: Equal, value: $NS}]"; }

# truth KIND NAME: the truth, read; its form is that of shared recordings (expect.yaml).
truth() {
  { echo "root: {kind: $1, name: $2, namespace: $NS}"; cat; echo "note: '${NOTE//\'/\'\'}'"; } >"$OUT/expect.yaml"
}
# import_image NAME CONTENT: gives the cluster an image, or moves its tag.
import_image() { "${LOCAL_CLUSTER:-local-cluster}" image "$(dirname "$KUBECONFIG")" "$1" "$2"; }

# load CPU: what every container of the situation uses, as metrics.k8s.io tells it. A cluster has
# one such API: situations that want it wait for each other.
load() {
  if [ -z "${METRICS:-}" ]; then
    exec 9>"${KUBECONFIG%/*}/metrics.lock"; flock 9
    METRICS=$(mktemp -d); echo "$1" >"$METRICS/cpu"
    (cd "$METRICS" && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 1 -subj /CN=metrics 2>/dev/null && exec python3 "$here/metrics.py" 9>&-) >"$METRICS/port" & server=$!
    # shellcheck disable=SC2064
    trap "kill $server; kubectl delete apiservice v1beta1.metrics.k8s.io >/dev/null; rm -r $METRICS" EXIT
    until [ -s "$METRICS/port" ]; do sleep 0.2; done
    # The API server asks by the name that an ExternalName gives, as it knows no cluster IP here.
    kubectl apply -f - >/dev/null <<YAML
{apiVersion: v1, kind: Service, metadata: {name: metrics, namespace: default}, spec: {type: ExternalName, externalName: localhost, ports: [{port: $(cat "$METRICS/port")}]}}
---
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.metrics.k8s.io}, spec: {group: metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {namespace: default, name: metrics, port: $(cat "$METRICS/port")}}}
YAML
    kubectl wait apiservice/v1beta1.metrics.k8s.io --for=condition=Available --timeout=60s >/dev/null
  fi
  echo "$1" >"$METRICS/cpu"
}
# autoscaler MIN MAX: one of the Deployment web that wants half of what is requested, and does not wait.
autoscaler() {
  apply <<YAML
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {minReplicas: $1, maxReplicas: $2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}], behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}}
YAML
}
