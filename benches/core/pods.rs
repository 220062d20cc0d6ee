//! Pods as a busy cluster has them: two containers, probes, variables, volumes, and the
//! managed fields of their two writers.

use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// How many pods each Deployment has.
pub(crate) const PODS_PER_ROOT: usize = 10;
/// When everything was made and listed.
pub(crate) const LISTED: &str = "2026-01-01T00:10:00Z";

/// Which version of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// As it was listed.
    First,
    /// A heartbeat of its conditions later.
    Second,
}

/// One pod's JSON.
pub(crate) fn pod(number: usize, version: Version) -> String {
    let root = number / PODS_PER_ROOT;
    let (resource_version, minute) = match version {
        Version::First => (1_000_000 + number, "05"),
        Version::Second => (2_000_000 + number, "11"),
    };
    TEMPLATE
        .replace("POD", &format!("p{number:07}"))
        .replace("ROOT", &format!("r{root:07}"))
        .replace("NODE", &format!("node-{}.example.internal", number % 500))
        .replace("VERSION", &resource_version.to_string())
        .replace("MADE", &format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 5, number % 60))
        .replace("TOKEN", &format!("kube-api-access-{number:05x}"))
        .replace("MINUTE", minute)
}

/// One Deployment's JSON.
pub(crate) fn deployment(root: usize) -> String {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta("web-ROOT", "d-ROOT", "1", &Value::Null, &json!({"deployment.kubernetes.io/revision": "1"})),
        "spec": {
            "replicas": PODS_PER_ROOT,
            "selector": {"matchLabels": {"app": "web-ROOT"}},
            "template": {"metadata": {"labels": labels()}, "spec": template()},
        },
        "status": {
            "observedGeneration": 1, "replicas": PODS_PER_ROOT, "updatedReplicas": PODS_PER_ROOT,
            "readyReplicas": PODS_PER_ROOT, "availableReplicas": PODS_PER_ROOT,
        },
    })
    .to_string()
    .replace("ROOT", &format!("r{root:07}"))
}

/// Its `ReplicaSet`'s JSON.
pub(crate) fn replica_set(root: usize) -> String {
    let owner = owner("Deployment", "web-ROOT", "d-ROOT");
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": meta("web-ROOT-6d4cf56db6", "s-ROOT", "2", &owner, &json!({"deployment.kubernetes.io/revision": "1"})),
        "spec": {
            "replicas": PODS_PER_ROOT,
            "selector": {"matchLabels": labels()},
            "template": {"metadata": {"labels": labels()}, "spec": template()},
        },
        "status": {
            "observedGeneration": 1, "replicas": PODS_PER_ROOT, "readyReplicas": PODS_PER_ROOT,
            "availableReplicas": PODS_PER_ROOT,
        },
    })
    .to_string()
    .replace("ROOT", &format!("r{root:07}"))
}

static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let owner = owner("ReplicaSet", "web-ROOT-6d4cf56db6", "s-ROOT");
    let annotations = json!({
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9090",
        "checksum/config": "2f1c7d2f0d8bb37e5ec7a94c9b67e4a1b6a8b0e1fce9e27c0c3a2a6f7cd06b19",
    });
    let mut meta = meta("web-ROOT-6d4cf56db6-POD", "u-POD", "VERSION", &owner, &annotations);
    meta["creationTimestamp"] = "MADE".into();
    meta["generateName"] = "web-ROOT-6d4cf56db6-".into();
    let (mut spec, status) = (template(), status());
    let mut own = managed(
        &json!({"metadata": {"labels": labels(), "annotations": annotations}, "spec": spec}),
    );
    own["f:metadata"]["f:ownerReferences"] = json!({".": {}, "k:{\"uid\":\"s-ROOT\"}": {}});
    meta["managedFields"] = json!([
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
         "time": "MADE", "fieldsType": "FieldsV1", "fieldsV1": own},
        {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "subresource": "status",
         "time": "2026-01-01T00:MINUTE:00Z", "fieldsType": "FieldsV1",
         "fieldsV1": managed(&json!({"status": status}))},
    ]);
    admit(&mut spec);
    spec["nodeName"] = "NODE".into();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})
        .to_string()
});

fn labels() -> Value {
    json!({
        "app": "web-ROOT",
        "app.kubernetes.io/name": "web",
        "app.kubernetes.io/instance": "web-ROOT",
        "app.kubernetes.io/managed-by": "Helm",
        "pod-template-hash": "6d4cf56db6",
        "team": "payments",
    })
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true,
        "blockOwnerDeletion": true}])
}

fn meta(name: &str, uid: &str, version: &str, owners: &Value, annotations: &Value) -> Value {
    json!({
        "name": name,
        "namespace": "production",
        "uid": uid,
        "resourceVersion": version,
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": labels(),
        "annotations": annotations,
        "ownerReferences": owners,
    })
}

fn container(name: &str, image: &str) -> Value {
    let env: Vec<Value> = (0..9)
        .map(|i| match i % 4 {
            0 => json!({"name": format!("SETTING_{i}"), "valueFrom":
                {"configMapKeyRef": {"name": "settings", "key": format!("setting-{i}")}}}),
            1 => json!({"name": format!("SECRET_{i}"), "valueFrom":
                {"secretKeyRef": {"name": "credentials", "key": format!("secret-{i}")}}}),
            _ => json!({"name": format!("VALUE_{i}"), "value": format!("value-of-variable-{i}")}),
        })
        .collect();
    let probe = |path: &str| {
        json!({"httpGet": {"path": path, "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1,
            "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
    };
    json!({
        "name": name,
        "image": image,
        "args": ["--listen=:8080", "--log-format=json"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": env,
        "envFrom": [{"configMapRef": {"name": "common"}}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/web", "readOnly": true},
        ],
        "livenessProbe": probe("/healthz"),
        "readinessProbe": probe("/readyz"),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"runAsNonRoot": true, "allowPrivilegeEscalation": false},
    })
}

/// What admission puts into every pod: the volume of its token, and who evicts it when.
fn admit(spec: &mut Value) {
    let volume = json!({"name": "TOKEN", "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]}});
    let mount = json!({"name": "TOKEN", "readOnly": true,
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"});
    let add = |list: &mut Value, item: &Value| {
        if let Value::Array(items) = list {
            items.push(item.clone());
        }
    };
    add(&mut spec["volumes"], &volume);
    for container in 0..2 {
        add(&mut spec["containers"][container]["volumeMounts"], &mount);
    }
    spec["tolerations"] = ["not-ready", "unreachable"]
        .map(|key| {
            json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists",
            "effect": "NoExecute", "tolerationSeconds": 300})
        })
        .to_vec()
        .into();
    (spec["priority"], spec["preemptionPolicy"]) = (0.into(), "PreemptLowerPriority".into());
    spec["enableServiceLinks"] = true.into();
}

fn template() -> Value {
    json!({
        "containers": [
            container("main", "registry.example.com/payments/web:1.24.3"),
            container("proxy", "registry.example.com/mesh/proxy:1.20.0"),
        ],
        "volumes": [
            {"name": "config", "configMap": {"name": "web-config", "defaultMode": 420}},
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "web",
        "serviceAccount": "web",
        "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
        "schedulerName": "default-scheduler",
    })
}

fn status() -> Value {
    let condition = |type_: &str| {
        json!({"type": type_, "status": "True", "observedGeneration": 1, "lastProbeTime": null,
            "lastTransitionTime": "2026-01-01T00:MINUTE:00Z"})
    };
    let container = |name: &str, image: &str| {
        json!({
            "name": name,
            "image": image,
            "imageID": format!("{image}@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
            "containerID": "containerd://1f3870be274f6c49b3e31a0c6728957f5891b5b522d5df086d0ff0b110fbd9d2",
            "ready": true,
            "started": true,
            "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-01T00:00:05Z"}},
            "lastState": {},
        })
    };
    json!({
        "observedGeneration": 1,
        "phase": "Running",
        "conditions": [
            condition("PodReadyToStartContainers"), condition("Initialized"), condition("Ready"),
            condition("ContainersReady"), condition("PodScheduled"),
        ],
        "hostIP": "10.1.2.3",
        "hostIPs": [{"ip": "10.1.2.3"}],
        "podIP": "10.64.17.23",
        "podIPs": [{"ip": "10.64.17.23"}],
        "startTime": "2026-01-01T00:00:01Z",
        "containerStatuses": [
            container("main", "registry.example.com/payments/web:1.24.3"),
            container("proxy", "registry.example.com/mesh/proxy:1.20.0"),
        ],
        "qosClass": "Burstable",
    })
}

/// The set of fields of a value, as `managedFields` has it.
fn managed(value: &Value) -> Value {
    let mut fields = Map::new();
    match value {
        Value::Object(object) => {
            for (name, below) in object {
                fields.insert(format!("f:{name}"), managed(below));
            }
        }
        Value::Array(items) => {
            for item in items {
                let key = ["name", "mountPath", "containerPort", "type", "ip"]
                    .iter()
                    .find_map(|key| Some(format!("k:{{\"{key}\":{}}}", item.get(key)?)));
                // A list without a key is owned as a whole.
                let Some(key) = key else { return json!({}) };
                let mut below = managed(item);
                below["."] = json!({});
                fields.insert(key, below);
            }
            fields.insert(".".to_owned(), json!({}));
        }
        _ => {}
    }
    Value::Object(fields)
}
