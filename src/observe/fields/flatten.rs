//! From a template's JSON to `path → value` pairs.

use super::safe::may_show;
use super::{Fields, Leaf, hidden_hash};
use crate::observe::text::clean;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// Labels that controllers stamp on what they make; never a difference.
pub(super) fn is_stamped(key: &str) -> bool {
    matches!(key, "pod-template-hash" | "controller-revision-hash" | "rollouts-pod-template-hash")
        || key.ends_with("controller-uid")
        || key.ends_with("job-name")
        || key == "pod-template-generation"
}

/// Fields of a pod's spec that the cluster fills in per pod.
fn is_per_pod(key: &str) -> bool {
    matches!(
        key,
        "nodeName"
            | "hostname"
            | "subdomain"
            | "priority"
            | "preemptionPolicy"
            | "enableServiceLinks"
    )
}

/// The volume of the service account's token, with a name of its own in every pod.
fn is_token_volume(name: &str) -> bool {
    name.starts_with("kube-api-access-")
}

/// How deep a template may nest before the rest is taken as one value: far above
/// any real one, and a bound for hostile ones.
const MAX_DEPTH: usize = 24;

#[derive(Default)]
pub(super) struct Flattener {
    path: String,
    depth: usize,
    /// Whether the spec is a pod's own, in which the cluster has filled in some fields.
    of_pod: bool,
    /// Whether no value is hidden.
    reveals: bool,
    entries: Vec<(Arc<str>, Leaf)>,
}

impl Flattener {
    /// One for a pod's own spec.
    pub(super) fn of_pod() -> Self {
        Self { of_pod: true, ..Self::default() }
    }

    /// One that hides no value.
    pub(super) fn revealing() -> Self {
        Self { reveals: true, ..Self::default() }
    }

    pub(super) fn finish(mut self) -> Fields {
        self.entries.sort_by(|a, b| a.0.cmp(&b.0));
        self.entries.dedup_by(|later, earlier| later.0 == earlier.0);
        self.entries.shrink_to_fit();
        Fields { entries: self.entries }
    }

    /// Runs `inside` with `segment` appended to the path.
    pub(super) fn at(&mut self, segment: &str, inside: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        if before > 0 && !segment.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(segment);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.path.truncate(before);
    }

    pub(super) fn object(&mut self, value: &Value) {
        let Value::Object(fields) = value else { return self.scalar(value) };
        for (key, value) in fields {
            if self.of_pod && self.path.is_empty() && is_per_pod(key) {
                continue;
            }
            self.at(key, |flat| flat.value(key, value));
        }
    }

    fn value(&mut self, key: &str, value: &Value) {
        match value {
            _ if self.depth > MAX_DEPTH => self.scalar(value),
            Value::Object(map) if is_keyed_map(key) => {
                for (entry, value) in map {
                    self.at(&format!("[{entry}]"), |flat| flat.scalar(value));
                }
            }
            // An empty object says as much as an absent one, except where its presence is the meaning.
            Value::Object(map) if map.is_empty() => {
                if key == "emptyDir" {
                    self.scalar(value);
                }
            }
            Value::Object(_) => self.object(value),
            Value::Array(items) if items.iter().any(Value::is_object) => self.list(key, items),
            _ => self.scalar(value),
        }
    }

    fn list(&mut self, key: &str, items: &[Value]) {
        let mut seen: Vec<String> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let name = merge_key(key, item).unwrap_or_else(|| index.to_string());
            if self.of_pod && item.get("name").and_then(Value::as_str).is_some_and(is_token_volume)
            {
                continue;
            }
            let twins = seen.iter().filter(|s| **s == name).count();
            let segment =
                if twins == 0 { format!("[{name}]") } else { format!("[{name}#{}]", twins + 1) };
            seen.push(name);
            self.at(&segment, |flat| {
                let before = flat.entries.len();
                flat.object(item);
                if flat.entries.len() == before {
                    // An item of nothing but its key still is an item.
                    flat.scalar(&Value::String("true".to_owned()));
                }
            });
        }
    }

    pub(super) fn scalar(&mut self, value: &Value) {
        let text: Cow<'_, str> = match value {
            Value::Null => return,
            Value::String(text) => text.as_str().into(),
            other => other.to_string().into(),
        };
        let leaf = if self.reveals || may_show(&self.path, value) {
            Leaf::Shown(clean(&text).into())
        } else {
            Leaf::Hidden(hidden_hash(&text))
        };
        self.entries.push((clean(&self.path).into(), leaf));
    }
}

/// Maps whose keys are data, written in brackets like the items of a list.
fn is_keyed_map(key: &str) -> bool {
    matches!(key, "nodeSelector" | "matchLabels" | "labels" | "annotations" | "hard" | "used")
}

/// The merge key of a list item, as the API's schema declares it.
fn merge_key(list: &str, item: &Value) -> Option<String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    match list {
        "volumeMounts" => text("mountPath"),
        "volumeDevices" => text("devicePath"),
        "hostAliases" => text("ip"),
        "topologySpreadConstraints" => text("topologyKey"),
        "readinessGates" => text("conditionType"),
        "tolerations" => {
            let key = text("key").unwrap_or_else(|| "*".to_owned());
            Some(text("effect").map_or(key.clone(), |effect| format!("{key}:{effect}")))
        }
        "ports" => {
            let port = item.get("containerPort").or_else(|| item.get("port"))?.to_string();
            Some(match item.get("protocol").and_then(Value::as_str) {
                None | Some("TCP") => port,
                Some(protocol) => format!("{port}/{protocol}"),
            })
        }
        "envFrom" => {
            let name = |kind: &str| item.get(kind)?.get("name")?.as_str().map(str::to_owned);
            name("configMapRef")
                .map(|n| format!("configMap/{n}"))
                .or_else(|| name("secretRef").map(|n| format!("secret/{n}")))
        }
        _ => text("name"),
    }
}
