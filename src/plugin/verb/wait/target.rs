//! What is waited for: named objects, what manifests hold, what carries labels.

use super::track::Wanted;
use crate::plugin::failure::Failure;
use crate::plugin::kinds::Target;
use crate::plugin::live::cluster::{Answer, Cluster, Selection};
use crate::plugin::live::resource::{self, Resource};
use crate::plugin::offline;
use serde_json::Value;
use std::path::PathBuf;

/// The kinds that labels are looked for on, where none is named.
const LABELLED: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "Job"];

/// Hooks are run and removed by Helm: nobody can wait for what `helm template` prints of them.
const HOOK: &str = "helm.sh/hook";

/// An object to wait for, and where its kind is, if that is known.
pub(super) type Found = (Wanted, Option<Resource>);

/// What was named.
pub(super) async fn named(
    cluster: &Cluster,
    targets: &[Target],
    namespace: &str,
) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for target in targets {
        let Some(name) = target.name.clone() else { continue };
        let resource = resource::resolve(cluster, &target.kind).await?;
        let wanted = Wanted {
            kind: resource.kind.clone(),
            api_version: None,
            namespace: namespace.to_owned(),
            name,
        };
        found.push((wanted, Some(resource)));
    }
    Ok(found)
}

/// What manifests hold.
pub(super) fn manifests(files: &[PathBuf], namespace: &str) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    if files.is_empty() {
        return Ok(found);
    }
    let input = offline::read(files)?;
    let shown: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let shown = shown.join(", ");
    if input.is_empty() {
        return Err(Failure::new(format!("{shown} holds no Kubernetes objects")));
    }
    if !input.is_manifests() {
        return Err(Failure::new(format!(
            "{shown} holds objects of a cluster, no manifests: read what it says with kubectl blame -f {shown}"
        )));
    }
    for (observed, _) in input.into_objects() {
        let meta = observed.meta;
        if meta.annotation(HOOK).is_some() {
            continue;
        }
        if meta.name.is_empty() {
            return Err(Failure::new(format!(
                "{shown} holds a {} without a name: its name is made by the server, so wait for it by label",
                meta.type_ref.kind
            )));
        }
        let wanted = Wanted {
            kind: meta.type_ref.kind.to_string(),
            api_version: Some(meta.type_ref.api_version.to_string()),
            namespace: meta.namespace.as_deref().unwrap_or(namespace).to_owned(),
            name: meta.name.to_string(),
        };
        found.push((wanted, None));
    }
    Ok(found)
}

/// What carries labels, of some kinds or of those that make pods.
pub(super) async fn labelled(
    cluster: &Cluster,
    targets: &[Target],
    namespace: Option<&str>,
    labels: Option<&str>,
) -> Result<Vec<Found>, Failure> {
    let mut kinds: Vec<Resource> = Vec::new();
    for target in targets {
        kinds.push(resource::resolve(cluster, &target.kind).await?);
    }
    if kinds.is_empty() {
        kinds = LABELLED.iter().filter_map(|kind| Resource::built_in(kind)).collect();
    }
    let selection =
        Selection { labels: labels.map(str::to_owned), metadata: true, ..Selection::default() };
    let mut found = Vec::new();
    for kind in kinds {
        match cluster.list(&kind, namespace, &selection).await? {
            Answer::Found(text) => found.extend(items(&kind, &text)),
            Answer::Forbidden(why) => return Err(Failure::new(why)),
            Answer::NoKind | Answer::NoObject => {}
        }
    }
    Ok(found)
}

/// The objects of a list; what another object of these kinds made is waited for with it.
fn items(kind: &Resource, text: &str) -> Vec<Found> {
    let list: Value = serde_json::from_str(text).unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let text = |item: &Value, pointer: &str| {
        item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let is_made = |item: &Value| {
        let owners = item.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|owner| owner["kind"] == "CronJob")
    };
    items
        .filter(|item| !is_made(item))
        .map(|item| {
            let wanted = Wanted {
                kind: kind.kind.clone(),
                api_version: None,
                namespace: text(item, "/metadata/namespace"),
                name: text(item, "/metadata/name"),
            };
            (wanted, Some(kind.clone()))
        })
        .collect()
}
