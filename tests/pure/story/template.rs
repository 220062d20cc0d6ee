//! Pod templates with the API server's defaults.

use super::json::default;
use serde_json::{Map, Value, json};

/// Completes a pod template written short: labels, annotations, and fields of the spec.
pub(crate) fn complete(short: &Value, app: &str) -> Value {
    let mut spec = short.as_object().cloned().unwrap_or_default();
    let mut labels = take(&mut spec, "labels");
    default(&mut labels, "app", app);
    let annotations = take(&mut spec, "annotations");
    let mut metadata = Map::from_iter([("labels".to_owned(), Value::from(labels))]);
    if !annotations.is_empty() {
        metadata.insert("annotations".into(), annotations.into());
    }
    defaults(&mut spec);
    json!({ "metadata": metadata, "spec": spec })
}

fn take(map: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match map.remove(key) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The defaults of a pod spec and of its containers.
pub(crate) fn defaults(spec: &mut Map<String, Value>) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            of_container(container.as_object_mut().expect("a container"));
        }
    }
    default(spec, "dnsPolicy", "ClusterFirst");
    default(spec, "restartPolicy", "Always");
    default(spec, "schedulerName", "default-scheduler");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
}

fn of_container(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let moves =
        image.ends_with(":latest") || !image.rsplit('/').next().unwrap_or(image).contains(':');
    default(container, "imagePullPolicy", if moves { "Always" } else { "IfNotPresent" });
    default(container, "resources", json!({}));
    default(container, "terminationMessagePath", "/dev/termination-log");
    default(container, "terminationMessagePolicy", "File");
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        default(port.as_object_mut().expect("a port"), "protocol", "TCP");
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe).and_then(Value::as_object_mut) {
            default(probe, "failureThreshold", 3);
            default(probe, "periodSeconds", 10);
            default(probe, "successThreshold", 1);
            default(probe, "timeoutSeconds", 1);
        }
    }
}
