//! Where a field of a pod comes from: the template it was made from, or something after it.
//!
//! The template is that of the object that made the pod, in the revision the pod is of. What
//! the template does not say was filled in by the API server, by admission or by the
//! scheduler, and nothing on the pod tells these apart; a container that the template does
//! not have was injected.

use super::lines::Line;
use crate::observe::Fields;
use crate::plugin::failure::Failure;
use crate::plugin::live::cluster::{Answer, Cluster};
use crate::plugin::live::resource::Resource;
use crate::plugin::offline::Stored;
use serde_json::Value;

/// The pod's own spec, and the template it was made from.
pub(super) struct Origins {
    pod: Fields,
    template: Fields,
}

impl Origins {
    /// Reads the template of a pod; `None` where nothing made it, or that may not be read.
    pub(super) async fn read(
        cluster: &Cluster,
        pod: &Value,
        namespace: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some((kind, name, pointer)) = maker(pod) else { return Ok(None) };
        let Some(resource) = Resource::built_in(&kind) else { return Ok(None) };
        let Answer::Found(text) = cluster.get(&resource, Some(namespace), &name).await? else {
            return Ok(None);
        };
        let maker: Value = serde_json::from_str(&text).map_err(Failure::new)?;
        Ok(maker.pointer(pointer).map(|template| Self::of(pod, template)))
    }

    /// The same from files.
    pub(super) fn stored(stored: &Stored, pod: &Value) -> Option<Self> {
        let (kind, name, pointer) = maker(pod)?;
        let namespace = pod.pointer("/metadata/namespace").and_then(Value::as_str);
        let maker = stored.get(&kind, namespace, &name)?;
        Some(Self::of(pod, maker.pointer(pointer)?))
    }

    fn of(pod: &Value, template: &Value) -> Self {
        let spec = pod.get("spec").cloned().unwrap_or_default();
        Self { pod: Fields::of_pod_spec(&spec), template: Fields::of_template(template) }
    }

    /// Where the field of a line comes from; empty where that is not a question.
    pub(super) fn word(&self, line: &Line) -> &'static str {
        let Some(path) = line.path.strip_prefix("spec.").filter(|_| line.is_leaf) else {
            return "";
        };
        if path.starts_with("ephemeralContainers[") {
            return "debug";
        }
        // A list that is one field to the engine is several lines here.
        let Some((known, value)) = prefixes(path).find_map(|p| Some((p, self.pod.get(p)?))) else {
            return "";
        };
        match self.template.get(known) {
            Some(same) if same == value => "template",
            Some(_) => "changed",
            None if self.is_of_other_container(known) => "injected",
            None => "added",
        }
    }

    /// Whether a path is in a container that the template does not have.
    fn is_of_other_container(&self, path: &str) -> bool {
        ["containers[", "initContainers["].iter().any(|list| {
            let Some(name) = path.strip_prefix(list).and_then(|rest| rest.split_once(']')) else {
                return false;
            };
            let of_it = format!("{list}{}]", name.0);
            self.template.under(&of_it).next().is_none()
        })
    }
}

/// A path and every path that leads to it, the longest first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        path.rfind(['.', '[']).filter(|at| *at > 0).map(|at| &path[..at])
    })
}

/// Kind and name of what holds a pod's template, and where it stands in it.
fn maker(pod: &Value) -> Option<(String, String, &'static str)> {
    let owners = pod.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let (kind, name) = (owner["kind"].as_str()?, owner["name"].as_str()?);
    let mark = pod.pointer("/metadata/labels/controller-revision-hash").and_then(Value::as_str);
    let revision =
        |name: String| Some(("ControllerRevision".to_owned(), name, "/data/spec/template"));
    match kind {
        "ReplicaSet" | "Job" | "ReplicationController" => {
            Some((kind.to_owned(), name.to_owned(), "/spec/template"))
        }
        // A StatefulSet marks its pods with the revision's name, a DaemonSet with its end.
        "StatefulSet" => revision(mark?.to_owned()),
        "DaemonSet" => revision(format!("{name}-{}", mark?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_told_apart_by_the_template() {
        let container = |image: &str| json!({ "name": "main", "image": image, "args": ["a", "b"] });
        let template =
            json!({ "spec": { "containers": [container("web:v1")], "hostNetwork": true } });
        let mut main = container("web:v2");
        main["imagePullPolicy"] = json!("Always");
        let pod = json!({ "kind": "Pod", "spec": {
            "containers": [main, { "name": "proxy", "image": "proxy:v1" }],
            "hostNetwork": true, "nodeName": "one",
            "ephemeralContainers": [{ "name": "debugger", "image": "busybox" }],
        } });
        let origins = Origins::of(&pod, &template);
        let lines = lines::of(&pod, false);
        let word = |path: &str| {
            let line = lines.iter().find(|line| line.path == path);
            origins.word(line.expect(path))
        };
        assert_eq!(word("spec.hostNetwork"), "template");
        assert_eq!(word("spec.containers[main].args[1]"), "template");
        assert_eq!(word("spec.containers[main].image"), "changed");
        assert_eq!(word("spec.containers[main].imagePullPolicy"), "added");
        assert_eq!(word("spec.containers[proxy].image"), "injected");
        assert_eq!(word("spec.ephemeralContainers[debugger].image"), "debug");
    }

    #[test]
    fn the_template_is_that_of_the_pods_own_revision() {
        let pod = |kind: &str, mark: &str| {
            json!({ "metadata": {
                "labels": { "controller-revision-hash": mark },
                "ownerReferences": [{ "kind": kind, "name": "db", "controller": true }],
            } })
        };
        let name = |kind: &str, mark: &str| maker(&pod(kind, mark)).map(|(_, name, _)| name);
        assert_eq!(name("StatefulSet", "db-5b8"), Some("db-5b8".into()));
        assert_eq!(name("DaemonSet", "5b8"), Some("db-5b8".into()));
        assert_eq!(name("ReplicaSet", ""), Some("db".into()));
        assert_eq!(name("Node", ""), None);
    }
}
