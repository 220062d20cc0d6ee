//! The sentences for what is not there.

use super::super::failure::Failure;
use super::super::find::nearest;
use super::cluster::{Answer, Cluster, Selection};
use super::resource::Resource;
use serde_json::Value;

/// The sentence for an object that is not there: the nearest names of its kind.
pub(in crate::plugin) async fn not_found(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Failure {
    let kind = resource.kind.to_lowercase();
    let place =
        if resource.namespaced { format!(" in namespace {namespace}") } else { String::new() };
    let start = format!("{kind}/{name} not found{place}");
    let names = names(cluster, resource, Some(namespace)).await;
    let near = nearest(name, names.iter().map(String::as_str));
    if !near.is_empty() {
        return Failure::NotFound(format!("{start}; did you mean {}?", near.join(" or ")));
    }
    if names.is_empty() {
        if resource.namespaced
            && let Err(failure) = namespace_exists(cluster, namespace).await
        {
            return failure;
        }
        return Failure::NotFound(format!("{start}: there is no {kind} at all"));
    }
    Failure::NotFound(start)
}

/// Says so when a namespace is not there; where namespaces may not be read, nothing is said.
pub(in crate::plugin) async fn namespace_exists(
    cluster: &Cluster,
    namespace: &str,
) -> Result<(), Failure> {
    let Some(resource) = Resource::built_in("Namespace") else { return Ok(()) };
    let Ok(Answer::NoObject) = cluster.get(&resource, None, namespace).await else { return Ok(()) };
    let names = names(cluster, &resource, None).await;
    let near = nearest(namespace, names.iter().map(String::as_str));
    let near = match &*near {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    };
    Err(Failure::NotFound(format!("there is no namespace {namespace}{near}")))
}

async fn names(cluster: &Cluster, resource: &Resource, namespace: Option<&str>) -> Vec<String> {
    let selection = Selection { metadata: true, ..Selection::default() };
    let Ok(Answer::Found(text)) = cluster.list(resource, namespace, &selection).await else {
        return Vec::new();
    };
    let list: Value = serde_json::from_str(&text).unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.pointer("/metadata/name")?.as_str().map(str::to_owned)).collect()
}
