//! Causes that break more than one root: one node, one quota, one `ConfigMap`.
//!
//! Each judgement names the causes it blames; the graph knows who else blames the same.
//! *Near miss*: the root's own template, or one pod of it, which no other root has; a
//! cause that is only possible.

use super::scene::Scene;
use crate::report::{Cause, CauseClass, Finding};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Marks the findings whose cause other roots blame too, and says which causes can be shared.
pub(super) fn mark(scene: &Scene<'_>, findings: &mut [Finding]) -> BTreeSet<Arc<str>> {
    let mut causes = BTreeSet::new();
    for finding in findings {
        let Some(key) = key(&finding.cause, place(scene, finding)) else { continue };
        // Once it was shared it stays so for as long as it breaks this root.
        finding.cause.shared =
            scene.graph.is_shared(&key, &scene.root.meta.uid) || was_shared(scene, &finding.cause);
        causes.insert(Arc::from(key));
    }
    causes
}

fn was_shared(scene: &Scene<'_>, cause: &Cause) -> bool {
    let known = scene.memory.into_iter().flat_map(|memory| &memory.findings);
    known
        .map(|finding| &finding.cause)
        .any(|was| was.shared && was.class == cause.class && was.object == cause.object)
}

/// What one cause is known by in every report, where other roots can have it too.
fn key(cause: &Cause, place: Option<String>) -> Option<String> {
    if !cause.is_blame() {
        return None;
    }
    let class = cause.class;
    match class {
        CauseClass::External => Some(format!("{class} {}", place?)),
        CauseClass::ConfigChange
        | CauseClass::SecretChange
        | CauseClass::Injector
        | CauseClass::AdmissionPolicy
        | CauseClass::Dependency
        | CauseClass::Quota
        | CauseClass::LimitRange
        | CauseClass::Node
        | CauseClass::Eviction
        | CauseClass::Scheduling
        | CauseClass::Volume
        | CauseClass::NamespaceTerminating => {
            let object = cause.object.as_ref()?;
            let is_of_root = matches!(object.kind.as_str(), "Pod" | "Deployment" | "StatefulSet")
                || matches!(object.kind.as_str(), "DaemonSet" | "ReplicaSet" | "Job" | "CronJob");
            let name = object.name.as_deref().filter(|_| !is_of_root)?;
            let namespace = object.namespace.as_deref().unwrap_or_default();
            // A lost node and a cordoned one are one story.
            let class = if object.kind == "Node" { CauseClass::Node } else { class };
            Some(format!("{class} {} {namespace}/{name}", object.kind))
        }
        _ => None,
    }
}

/// Where outside the cluster it went wrong: the registry an image comes from.
fn place(scene: &Scene<'_>, finding: &Finding) -> Option<String> {
    let container = finding.symptom.container.as_deref()?;
    let example = finding.symptom.examples.first()?;
    let view = scene.pods.iter().find(|view| view.name() == example)?;
    let lists = ["containers", "initContainers"];
    let image = lists.iter().find_map(|list| {
        let path = format!("{list}[{container}].image");
        view.fields().text(&path)
    })?;
    (finding.symptom.reason == "ErrImagePull").then(|| registry(image).to_owned())
}

/// The registry of an image: what stands before the first slash, if it can be a host
/// (distribution `reference/normalize.go`).
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

#[cfg(test)]
mod tests {
    use super::registry;

    #[test]
    fn an_image_names_its_registry() {
        assert_eq!(registry("registry.corp/team/shop:v1"), "registry.corp");
        assert_eq!(registry("localhost/shop:v1"), "localhost");
        assert_eq!(registry("library/shop:v1"), "docker.io");
        assert_eq!(registry("shop:v1"), "docker.io");
    }
}
