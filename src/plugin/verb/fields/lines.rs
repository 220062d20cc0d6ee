//! An object as lines, each with the managers that own it. Pure.

use crate::observe::{clean, line};
use jiff::Timestamp;
use serde_json::Value;

/// How deep an object is shown.
const MAX_DEPTH: usize = 64;
/// The longest value shown, in bytes.
const MAX_VALUE: usize = 200;

/// Who wrote a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) manager: String,
    pub(super) operation: String,
    pub(super) time: Option<Timestamp>,
}

/// One line of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// `spec.template.spec.containers[main].image`.
    pub(super) path: String,
    /// Indented, as YAML.
    pub(super) text: String,
    /// The newest first.
    pub(super) owners: Vec<Owner>,
    /// Whether a value stands on it.
    pub(super) is_leaf: bool,
}

impl Line {
    /// Whether it stands at or below a path.
    pub(super) fn is_at(&self, path: &str) -> bool {
        self.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

/// One manager's entry, as far as it leads to the place one is at.
#[derive(Clone, Copy)]
struct Claim<'o> {
    index: usize,
    fields: &'o Value,
}

struct Walk<'o> {
    entries: Vec<Owner>,
    hides_values: bool,
    lines: Vec<Line>,
    object: &'o Value,
}

/// An object as lines; its bookkeeping is left out, and its status unless asked for.
pub(super) fn of(object: &Value, with_status: bool) -> Vec<Line> {
    let managed = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let managed: Vec<&Value> = managed.into_iter().flatten().collect();
    let text = |entry: &Value, key: &str| {
        line(entry.get(key).and_then(Value::as_str).unwrap_or_default(), 128)
    };
    let entries = managed
        .iter()
        .map(|entry| Owner {
            manager: text(entry, "manager"),
            operation: text(entry, "operation"),
            time: text(entry, "time").parse().ok(),
        })
        .collect();
    let claims = managed
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| Some(Claim { index, fields: entry.get("fieldsV1")? }));
    let is_secret = object.get("kind").and_then(Value::as_str) == Some("Secret");
    let mut walk = Walk { entries, hides_values: is_secret, lines: Vec::new(), object };
    let claims: Vec<Claim<'_>> = claims.collect();
    walk.top(&claims, with_status);
    walk.lines
}

impl<'o> Walk<'o> {
    fn top(&mut self, claims: &[Claim<'o>], with_status: bool) {
        let Some(object) = self.object.as_object() else { return };
        for (key, value) in object {
            if key == "status" && !with_status {
                continue;
            }
            self.field(key, value, "", 0, claims, &[]);
        }
    }

    /// `key: value` and what is below.
    fn field(
        &mut self,
        key: &str,
        value: &'o Value,
        path: &str,
        depth: usize,
        claims: &[Claim<'o>],
        inherited: &[usize],
    ) {
        let parent = path.rsplit('.').next().unwrap_or_default();
        let is_map_key = matches!(
            parent,
            "labels"
                | "annotations"
                | "matchLabels"
                | "nodeSelector"
                | "data"
                | "binaryData"
                | "stringData"
                | "limits"
                | "requests"
                | "hard"
        );
        let here = match (path.is_empty(), is_map_key) {
            (true, _) => key.to_owned(),
            (_, true) => format!("{path}[{key}]"),
            _ => format!("{path}.{key}"),
        };
        if here == "metadata.managedFields" {
            return;
        }
        let claims = below(claims, &format!("f:{key}"));
        self.node(&format!("{key}:"), value, &here, depth, &claims, inherited);
    }

    fn node(
        &mut self,
        label: &str,
        value: &'o Value,
        path: &str,
        depth: usize,
        claims: &[Claim<'o>],
        inherited: &[usize],
    ) {
        // Who owns a place without naming anything below it owns all of it.
        let whole: Vec<usize> =
            claims.iter().filter(|c| is_leaf(c.fields)).map(|c| c.index).collect();
        let owning = if whole.is_empty() { inherited.to_vec() } else { whole };
        let indent = "  ".repeat(depth);
        let is_empty = match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        if is_empty || depth >= MAX_DEPTH {
            let shown = if self.is_hidden(path) { "(not shown)".to_owned() } else { scalar(value) };
            self.push(path, &format!("{indent}{label} {shown}"), &owning, true);
            return;
        }
        let own: Vec<usize> = claims
            .iter()
            .filter(|c| c.fields.get(".").is_some())
            .map(|c| c.index)
            .chain(owning.iter().copied())
            .collect();
        self.push(path, &format!("{indent}{label}"), &own, false);
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.field(key, value, path, depth + 1, claims, &owning);
                }
            }
            Value::Array(list) => self.items(list, path, depth, claims, &owning),
            _ => {}
        }
    }

    fn items(
        &mut self,
        list: &'o [Value],
        path: &str,
        depth: usize,
        claims: &[Claim<'o>],
        inherited: &[usize],
    ) {
        for (index, item) in list.iter().enumerate() {
            let claims: Vec<Claim<'o>> =
                claims.iter().filter_map(|claim| of_item(*claim, index, item)).collect();
            let name = item_name(item).unwrap_or_else(|| index.to_string());
            let here = format!("{path}[{name}]");
            let Value::Object(map) = item else {
                self.node("-", item, &here, depth, &claims, inherited);
                continue;
            };
            let whole: Vec<usize> =
                claims.iter().filter(|c| is_leaf(c.fields)).map(|c| c.index).collect();
            let owning = if whole.is_empty() { inherited } else { &whole };
            let first = self.lines.len();
            for (key, value) in map {
                self.field(key, value, &here, depth + 1, &claims, owning);
            }
            // The dash stands before the first field of the item, as in YAML.
            if let Some(line) = self.lines.get_mut(first) {
                let at = depth * 2;
                if line.text.is_char_boundary(at) && line.text.len() >= at + 2 {
                    line.text.replace_range(at..at + 2, "- ");
                }
            }
        }
    }

    fn push(&mut self, path: &str, text: &str, owners: &[usize], is_leaf: bool) {
        let mut owners: Vec<usize> = owners.to_vec();
        owners.sort_unstable();
        owners.dedup();
        let mut owners: Vec<Owner> =
            owners.into_iter().filter_map(|index| self.entries.get(index).cloned()).collect();
        owners.sort_by_key(|owner| std::cmp::Reverse(owner.time));
        self.lines.push(Line {
            path: path.to_owned(),
            text: clean(text).into_owned(),
            owners,
            is_leaf,
        });
    }

    /// The values of a Secret, wherever they stand.
    fn is_hidden(&self, path: &str) -> bool {
        self.hides_values
            && ["data", "stringData", "metadata.annotations"].iter().any(|p| path.starts_with(p))
    }
}

/// The claims that go on below a key.
fn below<'o>(claims: &[Claim<'o>], key: &str) -> Vec<Claim<'o>> {
    let below = |claim: &Claim<'o>| Some(Claim { fields: claim.fields.get(key)?, ..*claim });
    claims.iter().filter_map(below).collect()
}

fn is_leaf(fields: &Value) -> bool {
    fields.as_object().is_none_or(serde_json::Map::is_empty)
}

/// The claim on one item of a list: by its keys, its value or its place.
fn of_item<'o>(claim: Claim<'o>, index: usize, item: &Value) -> Option<Claim<'o>> {
    let fields = claim.fields.as_object()?;
    let found = fields.iter().find(|(key, _)| {
        if let Some(keys) = key.strip_prefix("k:") {
            let keys: Value = serde_json::from_str(keys).unwrap_or_default();
            return keys.as_object().is_some_and(|keys| {
                !keys.is_empty()
                    && keys.iter().all(|(key, value)| {
                        // A port's protocol is TCP where the manifest does not say.
                        item.get(key).map_or(key == "protocol" && value == "TCP", |v| v == value)
                    })
            });
        }
        if let Some(value) = key.strip_prefix("v:") {
            return serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item);
        }
        key.strip_prefix("i:").and_then(|at| at.parse().ok()) == Some(index)
    });
    found.map(|(_, fields)| Claim { fields, ..claim })
}

/// How people call an item of a list.
fn item_name(item: &Value) -> Option<String> {
    let keys = ["name", "mountPath", "containerPort", "port", "key", "type", "uid", "ip"];
    keys.iter().find_map(|key| match item.get(key)? {
        Value::String(text) => Some(line(text, 128)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let is_plain = !text.is_empty()
                && text.trim() == text
                && !text.contains(['\n', ':', '#', '"', '{', '[', '\''])
                && text.parse::<f64>().is_err()
                && !matches!(
                    text.as_str(),
                    "true" | "false" | "null" | "yes" | "no" | "on" | "off"
                );
            let text = line(text, MAX_VALUE);
            if is_plain { text } else { Value::String(text).to_string() }
        }
        other => line(&other.to_string(), MAX_VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(manager: &str, time: &str, fields: &Value) -> Value {
        json!({ "manager": manager, "operation": "Update", "time": time, "fieldsV1": fields })
    }

    fn object() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "labels": { "app": "web" }, "managedFields": [
                entry("kubectl", "2026-11-21T07:00:00Z", &json!({
                    "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
                    "f:spec": { "f:replicas": {}, "f:template": { "f:spec": { "f:containers": {
                        "k:{\"name\":\"main\"}": { ".": {}, "f:image": {}, "f:name": {}, "f:ports": {
                            "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } } } } } },
                        "f:tolerations": {} },
                })),
                entry("hpa", "2026-11-21T08:00:00Z", &json!({ "f:spec": { "f:replicas": {} } })),
            ] },
            "spec": {
                "replicas": 3,
                "tolerations": [{ "key": "gpu" }],
                "template": { "spec": { "containers": [
                    { "image": "web:v1", "name": "main", "ports": [{ "containerPort": 80 }] },
                    { "image": "proxy:v1", "name": "proxy" },
                ] } },
            },
        })
    }

    fn managers(path: &str) -> Vec<String> {
        let lines = of(&object(), false);
        let line = lines.iter().find(|line| line.path == path);
        line.expect(path).owners.iter().map(|owner| owner.manager.clone()).collect()
    }

    #[test]
    fn every_line_has_its_own_managers_the_newest_first() {
        assert_eq!(managers("spec.replicas"), ["hpa", "kubectl"]);
        assert_eq!(managers("spec.template.spec.containers[main].image"), ["kubectl"]);
        assert_eq!(managers("metadata.labels[app]"), ["kubectl"]);
        assert_eq!(
            managers("spec.template.spec.containers[main].ports[80].containerPort"),
            ["kubectl"]
        );
    }

    #[test]
    fn what_nobody_wrote_is_nobodys() {
        assert!(managers("spec.template.spec.containers[proxy].image").is_empty());
        assert!(managers("metadata.name").is_empty());
    }

    #[test]
    fn a_list_that_is_owned_whole_is_owned_below() {
        assert_eq!(managers("spec.tolerations[gpu].key"), ["kubectl"]);
    }

    #[test]
    fn it_reads_as_yaml_without_bookkeeping() {
        let text: Vec<String> = of(&object(), false).into_iter().map(|line| line.text).collect();
        let text = text.join("\n");
        assert!(!text.contains("managedFields"));
        assert!(
            text.contains("\n      containers:\n      - image: \"web:v1\"\n        name: main"),
            "{text}"
        );
    }

    #[test]
    fn no_value_of_a_secret_is_shown() {
        let secret = json!({
            "kind": "Secret", "data": { "password": "aHVudGVyMg==" },
            "metadata": { "name": "s", "annotations": { "last-applied": "hunter2" } },
        });
        let text: Vec<String> = of(&secret, true).into_iter().map(|line| line.text).collect();
        let text = text.join("\n");
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
        assert!(text.contains("password: (not shown)"), "{text}");
    }
}
