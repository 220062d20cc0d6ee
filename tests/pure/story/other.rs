//! Events and objects that are told as they stand.

use super::build::World;
use super::die;
use super::json::{hash, merge, number, text};
use serde_json::{Map, Value, json};

/// An event: `on: Pod/web-1`, `reason`, `message`, `at`, and `container` or `first`.
pub(crate) fn event(world: &World, short: &Value) -> Value {
    let on = text(short, "on").unwrap_or_else(|| die("event: no on"));
    let (kind, name) = on.split_once('/').expect("on: Kind/name");
    let (reason, message) = (text(short, "reason"), text(short, "message").unwrap_or_default());
    let at = text(short, "at").unwrap_or_else(|| die("event: no at"));
    let from = text(short, "from").unwrap_or("kubelet");
    let mut object = json!({ "kind": kind, "name": name });
    match world.whole.get(on) {
        Some(whole) => {
            object["apiVersion"] = whole["apiVersion"].clone();
            object["uid"] = whole["metadata"]["uid"].clone();
            if let Some(namespace) = whole["metadata"].get("namespace") {
                object["namespace"] = namespace.clone();
            }
        }
        None => object["namespace"] = "default".into(),
    }
    // One of an earlier object of the same name.
    if let Some(uid) = short.get("uid") {
        object["uid"] = uid.clone();
    }
    if let Some(container) = text(short, "container") {
        object["fieldPath"] = format!("spec.containers{{{container}}}").into();
    }
    if let Some(container) = text(short, "init") {
        object["fieldPath"] = format!("spec.initContainers{{{container}}}").into();
    }
    let id = hash(&format!("{on}{reason:?}{message}{at}"));
    let mut event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {
            "name": format!("{name}.{id:016x}"), "uid": format!("event-{id:016x}"),
            "namespace": text(short, "namespace").unwrap_or("default"), "creationTimestamp": text(short, "first").unwrap_or(at),
        },
        "involvedObject": object, "reason": reason, "message": message,
        "type": text(short, "type").unwrap_or(if is_normal(reason) { "Normal" } else { "Warning" }),
        "reportingInstance": "",
    });
    let times = if from == "default-scheduler" {
        json!({ "eventTime": at, "firstTimestamp": null, "lastTimestamp": null,
            "reportingComponent": from, "action": "Scheduling", "source": {} })
    } else {
        json!({ "eventTime": null, "firstTimestamp": text(short, "first").unwrap_or(at),
            "lastTimestamp": at, "count": number(short, "count").unwrap_or(1),
            "reportingComponent": from, "source": { "component": from } })
    };
    merge(&mut event, &times);
    for (key, value) in times.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    if let Some(related) = short.get("related") {
        event["related"] = related.clone();
    }
    event
}

fn is_normal(reason: Option<&str>) -> bool {
    matches!(
        reason,
        Some(
            "Killing"
                | "Pulled"
                | "Created"
                | "Started"
                | "Scheduled"
                | "Pulling"
                | "ScalingReplicaSet"
                | "SuccessfulCreate"
                | "SuccessfulDelete"
                | "SuccessfulRescale"
                | "Preempted"
                | "NotTriggerScaleUp"
        )
    )
}

/// Any other object: `type: v1/ConfigMap`, and its fields under `fields`.
pub(crate) fn plain(world: &World, short: &Value) -> Value {
    let (api_version, kind) = text(short, "type")
        .unwrap_or_else(|| die("object: no type"))
        .rsplit_once('/')
        .expect("type: v1/Kind");
    let namespaced = !matches!(
        kind,
        "Node"
            | "Namespace"
            | "PriorityClass"
            | "StorageClass"
            | "RuntimeClass"
            | "PersistentVolume"
            | "MutatingWebhookConfiguration"
            | "ValidatingWebhookConfiguration"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
    );
    let mut object = json!({ "apiVersion": api_version, "kind": kind });
    object["metadata"] = world.metadata(short, kind, namespaced);
    let fields = short.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    object.as_object_mut().expect("an object").extend(Map::from_iter(fields));
    object
}

/// An audit record: `on: Deployment/web`, `verb`, `user`, `at`.
pub(crate) fn audit(world: &World, short: &Value) -> Value {
    let on = text(short, "on").unwrap_or_else(|| die("audit: no on"));
    let whole = world.owner(on);
    let (kind, name) = on.split_once('/').expect("on: Kind/name");
    let group = text(whole, "apiVersion").and_then(|v| v.split_once('/')).map_or("", |(g, _)| g);
    let id = hash(&short.to_string());
    json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Event", "level": "Metadata",
        "auditID": format!("{id:016x}"), "metadata": { "uid": format!("audit-{id:016x}"), "name": format!("{id:016x}") },
        "stage": "ResponseComplete", "verb": text(short, "verb").unwrap_or("patch"),
        "user": { "username": text(short, "user") },
        "objectRef": { "resource": format!("{}s", kind.to_lowercase()), "apiGroup": group,
            "apiVersion": "v1", "namespace": "default", "name": name },
        "responseStatus": { "code": number(short, "code").unwrap_or(200) },
        "stageTimestamp": text(short, "at"), "requestReceivedTimestamp": text(short, "at"),
    })
}
