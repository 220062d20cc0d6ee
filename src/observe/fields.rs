//! A pod template as a flat list of fields, and what differs between two of them.
//!
//! Everything the engine asks of a template (what changed, who owns it, what does
//! this step read) is asked by path, so a template is kept as sorted
//! `path → value` pairs. Paths are those of the report: relative to the
//! template's `spec`, list items by merge key (`containers[main].image`,
//! `env[NAME].value`), the template's own metadata under `metadata.`.
//! Values of fields outside an allow-list are kept as a keyed hash only: enough
//! to see *that* they changed, never what they are.

mod flatten;
mod safe;

use super::text::clean;
use flatten::{Flattener, is_stamped};
use serde_json::Value;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

/// Keys the hashes of hidden values: they are worth nothing outside this process.
static HASH_KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The hash that stands for a hidden value, in this process only.
#[must_use]
pub(super) fn hidden_hash(value: &str) -> u64 {
    HASH_KEY.hash_one(value)
}

/// The value of one field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// A value that is safe to show.
    Shown(Arc<str>),
    /// The keyed hash of a value that is not.
    Hidden(u64),
}

impl Leaf {
    /// The value, where it may be shown.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Shown(value) => Some(value),
            Self::Hidden(_) => None,
        }
    }
}

/// A template (or a pod's spec) as sorted `path → value` pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fields {
    entries: Vec<(Arc<str>, Leaf)>,
}

impl Fields {
    /// Flattens a `PodTemplateSpec`: its spec, annotations and labels.
    #[must_use]
    pub fn of_template(template: &Value) -> Self {
        Self::flattened(template, Flattener::default())
    }

    fn flattened(template: &Value, mut flat: Flattener) -> Self {
        if let Some(spec) = template.get("spec") {
            flat.object(spec);
        }
        for map in ["annotations", "labels"] {
            if let Some(Value::Object(pairs)) = template.get("metadata").and_then(|m| m.get(map)) {
                for (key, value) in pairs.iter().filter(|(key, _)| !is_stamped(key)) {
                    flat.at(&format!("metadata.{map}[{key}]"), |flat| flat.scalar(value));
                }
            }
        }
        flat.finish()
    }

    /// The same with every value as it stands, for people who hold the template themselves: a
    /// template names Secrets and holds none of their values.
    #[must_use]
    pub fn of_template_revealed(template: &Value) -> Self {
        Self::flattened(template, Flattener::revealing())
    }

    /// Flattens a pod's own spec, without what the scheduler and the node put there.
    #[must_use]
    pub fn of_pod_spec(spec: &Value) -> Self {
        let mut flat = Flattener::of_pod();
        flat.object(spec);
        flat.finish()
    }

    /// Builds from pairs, for objects whose interesting fields are few.
    #[must_use]
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, Leaf)>) -> Self {
        let mut entries: Vec<(Arc<str>, Leaf)> =
            pairs.into_iter().map(|(path, leaf)| (clean(&path).into(), leaf)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, earlier| later.0 == earlier.0);
        Self { entries }
    }

    /// All fields, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Leaf)> {
        self.entries.iter().map(|(path, leaf)| (&**path, leaf))
    }

    /// The fields whose path begins with `prefix`.
    pub fn under<'a, 'p>(
        &'a self,
        prefix: &'p str,
    ) -> impl Iterator<Item = (&'a str, &'a Leaf)> + use<'a, 'p> {
        let start = self.entries.partition_point(|(path, _)| &**path < prefix);
        self.entries[start..]
            .iter()
            .map(|(path, leaf)| (&**path, leaf))
            .take_while(move |(path, _)| path.starts_with(prefix))
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Leaf> {
        let at = self.entries.binary_search_by(|(p, _)| (**p).cmp(path)).ok()?;
        Some(&self.entries[at].1)
    }

    /// The shown value at a path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.shown()
    }

    /// The number at a path.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }

    /// The merge keys of a list: `keys("containers")` gives the containers' names.
    pub fn keys<'a>(&'a self, list: &str) -> impl Iterator<Item = &'a str> {
        let prefix = format!("{list}[");
        let mut last = "";
        let start = self.entries.partition_point(|(path, _)| **path < *prefix);
        let skip = prefix.len();
        self.entries[start..]
            .iter()
            .map_while(move |(path, _)| path.strip_prefix(prefix.as_str()).map(|_| &**path))
            .filter_map(move |path| {
                let key = &path[skip..skip + path[skip..].find(']')?];
                (key != last).then(|| {
                    last = key;
                    key
                })
            })
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// What differs, sorted by path: `self` is before, `after` is after.
    #[must_use]
    pub fn diff<'a>(&'a self, after: &'a Self) -> Vec<Difference<'a>> {
        let (mut a, mut b) = (self.entries.iter().peekable(), after.entries.iter().peekable());
        let mut found = Vec::new();
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return found,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(x), Some(y)) => x.0.cmp(&y.0),
            };
            let from = if order.is_le() { a.next() } else { None };
            let to = if order.is_ge() { b.next() } else { None };
            if let Some((path, _)) = from.or(to)
                && from.map(|f| &f.1) != to.map(|t| &t.1)
            {
                found.push(Difference { path, from: from.map(|f| &f.1), to: to.map(|t| &t.1) });
            }
        }
    }
}

/// One field that differs between two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Where.
    pub path: &'a str,
    /// Before; `None` where the field is new.
    pub from: Option<&'a Leaf>,
    /// After; `None` where the field is gone.
    pub to: Option<&'a Leaf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(image: &str, secret: &str) -> Fields {
        Fields::of_template(&json!({
            "metadata": {"annotations": {"note": "x"}, "labels": {"app": "web", "pod-template-hash": "abc"}},
            "spec": {"containers": [{
                "name": "main", "image": image, "command": ["sh", "-c", secret],
                "env": [{"name": "TOKEN", "value": secret}, {"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "cfg", "key": "url"}}}],
                "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
                "resources": {"limits": {"memory": "64Mi"}},
                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
            }]}
        }))
    }

    #[test]
    fn paths_name_list_items_by_merge_key() {
        let fields = template("busybox:v1", "s3cret");
        assert_eq!(fields.text("containers[main].image"), Some("busybox:v1"));
        assert_eq!(
            fields.text("containers[main].env[URL].valueFrom.configMapKeyRef.key"),
            Some("url")
        );
        assert_eq!(fields.text("containers[main].resources.limits.memory"), Some("64Mi"));
        assert_eq!(fields.number("containers[main].ports[80].containerPort"), Some(80));
        assert!(fields.get("containers[main].ports[53/UDP].protocol").is_some());
        assert_eq!(fields.keys("containers").collect::<Vec<_>>(), ["main"]);
        assert!(fields.get("metadata.labels[pod-template-hash]").is_none());
    }

    #[test]
    fn hidden_values_show_only_that_they_changed() {
        let (before, after) = (template("busybox:v1", "s3cret"), template("busybox:v2", "other"));
        let changed: Vec<_> =
            before.diff(&after).into_iter().map(|d| (d.path, d.to.and_then(Leaf::shown))).collect();
        assert_eq!(
            changed,
            [
                ("containers[main].command", None),
                ("containers[main].env[TOKEN].value", None),
                ("containers[main].image", Some("busybox:v2"))
            ]
        );
        assert!(!format!("{before:?}").contains("s3cret"));
    }

    #[test]
    fn equal_templates_do_not_differ() {
        assert!(template("a", "b").diff(&template("a", "b")).is_empty());
    }
}
