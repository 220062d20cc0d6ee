//! Who wrote which field: `metadata.managedFields`, read by field.
//!
//! The field sets are walked once, while decoding, into paths of the same
//! language as [`Fields`](super::Fields), and the tries are dropped. What the
//! API server says and does not say (kubernetes `managedfieldsupdater.go`,
//! `scalehandler.go`): a removal leaves no mark, `/scale` entries have no time,
//! webhooks own nothing.

use super::lenient;
use super::text::line;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::ops::Deref;
use std::sync::Arc;

/// How many paths of one entry are kept: above any real template's, a bound for hostile ones.
const MAX_PATHS: usize = 2_000;
/// How deep a field set is walked.
const MAX_DEPTH: usize = 32;

/// Where an object keeps its pod template: paths are relative to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No template: paths are the object's own (`spec.hard[pods]`, `data[KEY]`).
    Plain,
    /// The object is a pod: its spec is what a template's spec is.
    Pod,
    /// The keys that lead to the template, e.g. `["spec", "template"]`.
    Template(&'static [&'static str]),
}

impl Layout {
    /// The root of a path and the keys below it.
    fn place<'a>(self, keys: &'a [&'a str]) -> (&'static str, &'a [&'a str]) {
        match (self, keys) {
            (Self::Pod, ["spec", rest @ ..]) => ("", rest),
            (Self::Plain | Self::Pod, _) => ("", keys),
            (Self::Template(at), _) => match keys.strip_prefix(at) {
                Some(["spec", rest @ ..]) => ("", rest),
                Some(rest) => ("", rest),
                // The object's own metadata, which is not the template's.
                None if keys.first() == Some(&"metadata") => ("object", keys),
                None => ("", keys),
            },
        }
    }
}

/// One manager's entry, as it stands in `managedFields`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireEntry {
    #[serde(default, deserialize_with = "lenient::field")]
    manager: String,
    #[serde(default, deserialize_with = "lenient::field")]
    operation: String,
    #[serde(default, deserialize_with = "lenient::field")]
    subresource: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    time: Option<Timestamp>,
    #[serde(default, rename = "fieldsV1")]
    fields: Value,
}

/// What one manager wrote, and when it last wrote any of it. It reads as its claim, too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Who owns which fields.
    pub claim: Arc<Claim>,
    /// When it last changed any field it owns; `/scale` writers have none.
    pub time: Option<Timestamp>,
}

impl Deref for Owner {
    type Target = Claim;

    fn deref(&self) -> &Claim {
        &self.claim
    }
}

/// Who owns which fields, without when: the same for every pod that one controller made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The field manager's name: a claim, not an identity.
    pub manager: Box<str>,
    /// `Apply` or `Update`.
    pub operation: Box<str>,
    /// The subresource it wrote through; empty for the object itself.
    pub subresource: Box<str>,
    /// Sorted.
    paths: Box<[Box<str>]>,
}

impl Claim {
    /// Whether it owns the field at `path`, itself or as part of an atomic whole.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        self.depth_of(path).is_some()
    }

    /// The length of the longest path it owns that is `path` or leads to it.
    fn depth_of(&self, path: &str) -> Option<usize> {
        let mut end = path.len();
        loop {
            if self.paths.binary_search_by(|p| (**p).cmp(&path[..end])).is_ok() {
                return Some(end);
            }
            // An atomic list or map is one leaf that owns everything below it.
            match path[..end].rfind(['.', '[']) {
                Some(cut) if cut > 0 => end = cut,
                _ => return None,
            }
        }
    }

    /// Whether it owns anything whose path begins with `prefix`.
    #[must_use]
    pub fn owns_under(&self, prefix: &str) -> bool {
        let start = self.paths.partition_point(|p| **p < *prefix);
        self.paths.get(start).is_some_and(|p| p.starts_with(prefix))
    }

    /// Whether it wrote the object itself, not its status or another subresource.
    #[must_use]
    pub fn is_of_spec(&self) -> bool {
        self.subresource.is_empty()
    }
}

/// Every manager of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ownership {
    /// The entries, in the order of the API.
    pub owners: Vec<Owner>,
}

impl Ownership {
    /// Reads the entries of an object laid out like `layout`.
    #[must_use]
    pub fn read(entries: &[WireEntry], layout: Layout) -> Self {
        let owners = entries
            .iter()
            .filter(|entry| entry.subresource != "status")
            .map(|entry| Owner {
                claim: Arc::new(Claim {
                    manager: line(&entry.manager, 128).into(),
                    operation: line(&entry.operation, 16).into(),
                    subresource: line(&entry.subresource, 64).into(),
                    paths: paths_of(&entry.fields, layout),
                }),
                time: entry.time,
            })
            .collect();
        Self { owners }
    }

    /// The owners of the field at `path` that wrote the object itself.
    ///
    /// Who owns the field itself comes before who owns a map around it: a manager
    /// keeps an emptied `f:data` after others have taken over all its keys.
    pub fn of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Owner> {
        let of_spec = || self.owners.iter().filter(|owner| owner.is_of_spec());
        let deepest = of_spec().filter_map(|owner| owner.depth_of(path)).max();
        of_spec().filter(move |owner| deepest.is_some() && owner.depth_of(path) == deepest)
    }

    /// Every owned path that begins with `prefix`, whoever owns it.
    pub fn paths_under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let paths = self.owners.iter().flat_map(|owner| owner.paths.iter());
        paths.map(|path| &**path).filter(move |path| path.starts_with(prefix))
    }

    /// Whether anybody owns anything under `prefix`, through whatever subresource.
    #[must_use]
    pub fn is_owned(&self, prefix: &str) -> bool {
        self.owners.iter().any(|owner| owner.owns_under(prefix))
    }
}

fn paths_of(fields: &Value, layout: Layout) -> Box<[Box<str>]> {
    let mut walk = Walk { layout, keys: Vec::new(), paths: Vec::new() };
    walk.node(fields);
    walk.paths.sort_unstable();
    walk.paths.dedup();
    walk.paths.into()
}

struct Walk {
    layout: Layout,
    keys: Vec<String>,
    paths: Vec<Box<str>>,
}

impl Walk {
    fn node(&mut self, node: &Value) {
        let Value::Object(children) = node else { return };
        if self.keys.len() > MAX_DEPTH || self.paths.len() >= MAX_PATHS {
            return;
        }
        // `{".": {}}` owns that a map or item is there, not what others wrote into it.
        if !self.keys.is_empty() && children.is_empty() && self.is_of_use() {
            self.paths.push(self.path().into());
        }
        for (key, child) in children {
            if let Some(segment) = self.segment(key) {
                self.keys.push(segment);
                self.node(child);
                self.keys.pop();
            }
        }
    }

    /// Whether anybody asks who owns it. A pod's owner references are in nobody's template,
    /// and would make the field sets of any two workloads differ.
    fn is_of_use(&self) -> bool {
        let keys = [0, 1].map(|at| self.keys.get(at).map(String::as_str));
        !matches!(
            (self.layout, keys),
            (Layout::Pod, [Some("metadata"), Some("ownerReferences" | "generateName")])
        )
    }

    /// `f:name` → `name`, `k:{"name":"main"}` → `[main]`, `v:"x"` → `[x]`.
    fn segment(&self, key: &str) -> Option<String> {
        if let Some(name) = key.strip_prefix("f:") {
            let parent = self.keys.last().map_or("", String::as_str);
            let is_keyed = matches!(
                parent,
                "labels"
                    | "annotations"
                    | "nodeSelector"
                    | "matchLabels"
                    | "data"
                    | "binaryData"
                    | "stringData"
                    | "hard"
            );
            return Some(if is_keyed { format!("[{name}]") } else { name.to_owned() });
        }
        if let Some(item) = key.strip_prefix("k:") {
            let item: Value = serde_json::from_str(item).ok()?;
            let list = self.keys.last().map_or("", String::as_str);
            return Some(format!("[{}]", list_key(list, &item)));
        }
        let member: Value = serde_json::from_str(key.strip_prefix("v:")?).ok()?;
        Some(format!("[{}]", member.as_str().map_or_else(|| member.to_string(), str::to_owned)))
    }

    /// The keys as a path, relative to the template where they lead into it.
    fn path(&self) -> String {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let (root, keys) = self.layout.place(&keys);
        let mut path = root.to_owned();
        for key in keys {
            if !path.is_empty() && !key.starts_with('[') {
                path.push('.');
            }
            path.push_str(key);
        }
        path
    }
}

/// The merge key of a list item as `managedFields` writes it.
fn list_key(list: &str, item: &Value) -> String {
    let text =
        |key: &str| item.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    if list == "ports" {
        let port = text("containerPort").or_else(|| text("port")).unwrap_or_default();
        return match text("protocol").as_deref() {
            None | Some("TCP") => port,
            Some(protocol) => format!("{port}/{protocol}"),
        };
    }
    ["name", "mountPath", "devicePath", "ip", "topologyKey", "conditionType", "type", "uid", "key"]
        .iter()
        .find_map(|key| text(key))
        .unwrap_or_else(|| item.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ownership(layout: Layout) -> Ownership {
        let entries: Vec<WireEntry> = serde_json::from_value(json!([
            {"manager": "ci", "operation": "Update", "time": "2026-11-21T07:56:40Z", "fieldsV1": {
                "f:metadata": {"f:annotations": {".": {}, "f:note": {}}},
                "f:spec": {"f:replicas": {}, "f:template": {
                    "f:metadata": {"f:annotations": {"f:at": {}}},
                    "f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {
                        ".": {}, "f:image": {}, "f:command": {}, "f:name": {},
                        "f:ports": {"k:{\"containerPort\":53,\"protocol\":\"UDP\"}": {".": {}, "f:containerPort": {}}},
                        "f:resources": {"f:limits": {"f:memory": {}}}}}}}}}},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale",
                "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status",
                "fieldsV1": {"f:status": {"f:replicas": {}}}},
        ])).expect("valid");
        Ownership::read(&entries, layout)
    }

    #[test]
    fn paths_are_those_of_the_template() {
        let read = ownership(Layout::Template(&["spec", "template"]));
        for path in [
            "containers[main].image",
            "containers[main].ports[53/UDP].containerPort",
            "containers[main].resources.limits.memory",
            "metadata.annotations[at]",
            "spec.replicas",
            "object.metadata.annotations[note]",
            "containers[main].command",
        ] {
            let owners: Vec<_> = read.of(path).map(|o| &*o.manager).collect();
            assert_eq!(owners, ["ci"], "{path}");
        }
        assert_eq!(read.of("containers[main].args").count(), 0);
        assert_eq!(read.of("containers[other].image").count(), 0);
    }

    #[test]
    fn status_writers_are_dropped_and_scale_writers_do_not_write_the_object() {
        let read = ownership(Layout::Template(&["spec", "template"]));
        assert_eq!(read.owners.len(), 2);
        assert_eq!(read.of("spec.replicas").count(), 1);
        assert!(read.is_owned("containers[main]"));
        assert!(!read.is_owned("containers[side]"));
    }

    #[test]
    fn whoever_made_a_map_does_not_own_what_others_wrote_into_it() {
        let entries: Vec<WireEntry> = serde_json::from_value(json!([
            {"manager": "maker", "operation": "Update", "fieldsV1": {"f:data": {".": {}}}},
            {"manager": "editor", "operation": "Update", "fieldsV1": {"f:data": {"f:KEY": {}}}},
        ]))
        .expect("valid");
        let read = Ownership::read(&entries, Layout::Plain);
        let owners: Vec<_> = read.of("data[KEY]").map(|o| &*o.manager).collect();
        assert_eq!(owners, ["editor"]);
    }

    #[test]
    fn an_atomic_leaf_owns_what_lies_below() {
        let entries: Vec<WireEntry> =
            serde_json::from_value(json!([{"manager": "m", "operation": "Apply",
            "fieldsV1": {"f:spec": {"f:tolerations": {}}}}]))
            .expect("valid");
        let read = Ownership::read(&entries, Layout::Pod);
        assert_eq!(read.of("tolerations[gpu:NoSchedule].operator").count(), 1);
    }
}
