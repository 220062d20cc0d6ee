//! Manifests of what the trials roll out.

use serde_json::{Map, Value, json};

/// A manifest in the making.
#[derive(Clone, Debug)]
pub(crate) struct Manifest(Value);

/// A Deployment of two pods with one container `main` that runs these words of the
/// program `workload` (see `local-cluster`).
pub(crate) fn deployment(name: &str, words: &[&str]) -> Manifest {
    Manifest(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name, words),
        },
    }))
}

/// A pod template with one container `main`.
pub(crate) fn template(name: &str, words: &[&str]) -> Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "localhost/busybox:v1", "args": words}],
        },
    })
}

/// Any object.
pub(crate) fn object(value: Value) -> Manifest {
    Manifest(value)
}

impl Manifest {
    /// Sets a field by its JSON pointer; objects on the way are made.
    pub(crate) fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut at = &mut self.0;
        for step in pointer.split('/').skip(1) {
            at = match step.parse::<usize>() {
                Ok(index) if at.is_array() => &mut at[index],
                _ => {
                    if !at.is_object() {
                        *at = Value::Object(Map::new());
                    }
                    &mut at[step]
                }
            };
        }
        *at = value.into();
        self
    }

    /// Sets a field of the pod template's spec.
    pub(crate) fn pod(self, pointer: &str, value: impl Into<Value>) -> Self {
        self.set(&format!("/spec/template/spec{pointer}"), value)
    }

    /// Sets a field of the container `main`.
    pub(crate) fn main(self, pointer: &str, value: impl Into<Value>) -> Self {
        self.pod(&format!("/containers/0{pointer}"), value)
    }

    /// Sets the tag of the image of `main`.
    pub(crate) fn tag(self, tag: &str) -> Self {
        self.main("/image", format!("localhost/busybox:{tag}"))
    }

    /// Sets the words that `main` runs.
    pub(crate) fn words(self, words: &[&str]) -> Self {
        self.main("/args", words)
    }

    /// Lets a rollout replace all pods at once. Else how far one gets whose new pods are
    /// ready between two crashes is luck.
    pub(crate) fn at_once(self) -> Self {
        self.set("/spec/strategy/rollingUpdate/maxSurge", 0)
            .set("/spec/strategy/rollingUpdate/maxUnavailable", "100%")
    }

    /// Sets how many pods there are to be.
    pub(crate) fn replicas(self, count: u32) -> Self {
        self.set("/spec/replicas", count)
    }
}

impl std::fmt::Display for Manifest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}
