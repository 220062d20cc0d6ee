//! `managedFields` as the API server computes them.

use super::json::{list, text};
use serde_json::{Map, Value, json};

/// The `managedFields` of an object from its `wrote:` entries.
///
/// `fields: all` owns everything a client sends (labels, annotations, spec, data) but
/// what another entry names: an Update takes a field over from its former owner.
pub(crate) fn managed(object: &Value, wrote: &[Value], api_version: &str) -> Vec<Value> {
    let paths = |entry: &Value| -> Vec<String> {
        list(entry, "fields").iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let is_all = |entry: &Value| entry.get("fields").is_none() || text(entry, "fields").is_some();
    let is_taken =
        |entry: &Value| text(entry, "sub").is_none() && text(entry, "op") != Some("Apply");
    let taken: Vec<String> = wrote
        .iter()
        .filter(|entry| !is_all(entry) && (is_taken(entry) || text(entry, "sub") == Some("scale")))
        .flat_map(paths)
        .collect();
    wrote
        .iter()
        .map(|entry| {
            let trie = if is_all(entry) {
                let mut trie = sent(object);
                for path in &taken {
                    remove(&mut trie, &segments(path));
                }
                trie
            } else {
                of_paths(&paths(entry))
            };
            self::entry(entry, &trie, api_version)
        })
        .collect()
}

fn entry(short: &Value, trie: &Value, api_version: &str) -> Value {
    let mut entry = json!({
        "apiVersion": api_version, "fieldsType": "FieldsV1", "fieldsV1": trie,
        "manager": text(short, "by").expect("wrote: by"),
        "operation": text(short, "op").unwrap_or("Update"),
    });
    for (from, to) in [("at", "time"), ("sub", "subresource")] {
        if let Some(value) = short.get(from) {
            entry[to] = value.clone();
        }
    }
    entry
}

/// Everything a client sent, as a field set.
pub(crate) fn sent(object: &Value) -> Value {
    let mut trie = Map::new();
    for (top, value) in object.as_object().into_iter().flatten() {
        match top.as_str() {
            "apiVersion" | "kind" | "status" => {}
            "metadata" => {
                let keep =
                    ["labels", "annotations", "generateName", "ownerReferences", "finalizers"];
                let mut meta = value.clone();
                meta.as_object_mut().expect("metadata").retain(|k, _| keep.contains(&k.as_str()));
                if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
                    // The controller's, written through the status.
                    notes.remove("deployment.kubernetes.io/revision");
                }
                trie.insert("f:metadata".into(), set(&meta, "metadata"));
            }
            _ => {
                trie.insert(format!("f:{top}"), set(value, top));
            }
        }
    }
    trie.into()
}

/// The field set of a value below a field of this name.
pub(crate) fn set(value: &Value, name: &str) -> Value {
    match value {
        Value::Object(map) if !map.is_empty() && name != "selector" => {
            let mut trie = Map::new();
            if matches!(name, "labels" | "annotations" | "data" | "env" | "hard") {
                trie.insert(".".into(), json!({}));
            }
            trie.extend(map.iter().map(|(key, value)| (format!("f:{key}"), set(value, key))));
            trie.into()
        }
        Value::Array(items) if key_of(name).is_some() => {
            let mut trie = Map::from_iter([(".".to_owned(), json!({}))]);
            for item in items {
                let mut below = Map::from_iter([(".".to_owned(), json!({}))]);
                if let Some(Value::Object(fields)) =
                    Some(set(item, "")).filter(|_| name != "ownerReferences")
                {
                    below.extend(fields);
                }
                trie.insert(item_key(item, name), below.into());
            }
            trie.into()
        }
        _ => json!({}),
    }
}

/// The merge key of a list, by the name of its field.
fn key_of(list: &str) -> Option<&'static [&'static str]> {
    Some(match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "volumeClaimTemplates"
        | "webhooks" => &["name"],
        "volumeMounts" => &["mountPath"],
        "ports" => &["containerPort", "protocol"],
        "ownerReferences" => &["uid"],
        "conditions" | "readinessGates" => &["type"],
        "taints" => &["key", "effect"],
        _ => return None,
    })
}

fn item_key(item: &Value, list: &str) -> String {
    let keys = key_of(list).expect("a keyed list");
    let key: Map<String, Value> =
        keys.iter().filter_map(|k| Some(((*k).to_owned(), item.get(k)?.clone()))).collect();
    format!("k:{}", Value::from(key))
}

/// `spec.template.spec.containers[main].image` as the keys of a field set.
fn segments(path: &str) -> Vec<String> {
    let (mut keys, mut rest, mut last) = (Vec::new(), path, "");
    while !rest.is_empty() {
        if let Some(item) = rest.strip_prefix('[') {
            let (name, after) = item.split_once(']').expect("a closing bracket");
            keys.push(match key_of(last).filter(|_| last != "env" || !name.contains('/')) {
                Some(by) if by[0] == "containerPort" => {
                    let port: i64 = name.parse().expect("a port");
                    format!("k:{}", json!({ "containerPort": port, "protocol": "TCP" }))
                }
                Some(by) => format!("k:{}", json!({ by[0]: name })),
                None => format!("f:{name}"),
            });
            rest = after.strip_prefix('.').unwrap_or(after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            last = &rest[..end];
            keys.push(format!("f:{last}"));
            rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
        }
    }
    keys
}

fn of_paths(paths: &[String]) -> Value {
    let mut trie = json!({});
    for path in paths {
        let mut node = &mut trie;
        for key in segments(path) {
            node = node.as_object_mut().expect("a set").entry(key).or_insert_with(|| json!({}));
        }
    }
    trie
}

fn remove(trie: &mut Value, keys: &[String]) {
    let Some(map) = trie.as_object_mut() else { return };
    match keys {
        [] => {}
        [last] => {
            map.remove(last);
        }
        [first, rest @ ..] => {
            if let Some(below) = map.get_mut(first) {
                remove(below, rest);
            }
        }
    }
}
