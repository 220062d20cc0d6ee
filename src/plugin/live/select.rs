//! Of many reports those that were asked for.

use super::super::failure::Failure;
use super::cluster::{Answer, Cluster, Selection};
use super::resource::Resource;
use crate::report::BlameReport;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The kinds that labels are looked for on, where none is named.
const ROOT_KINDS: &[&str] =
    &["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Pod"];

/// The reports on roots of these kinds (all, where none is named) that carry these labels.
pub(in crate::plugin) async fn of_kinds(
    cluster: &Cluster,
    mut reports: Vec<BlameReport>,
    kinds: &[Resource],
    namespace: Option<&str>,
    labels: Option<&str>,
) -> Result<Vec<BlameReport>, Failure> {
    if !kinds.is_empty() {
        reports.retain(|report| kinds.iter().any(|kind| kind.kind == report.spec.root.kind));
    }
    let Some(labels) = labels else { return Ok(reports) };
    let built_in: Vec<Resource> = ROOT_KINDS.iter().filter_map(|k| Resource::built_in(k)).collect();
    let mut uids = BTreeSet::new();
    for kind in if kinds.is_empty() { &built_in } else { kinds } {
        // A kind without any report needs no request.
        if reports.iter().any(|report| report.spec.root.kind == kind.kind) {
            uids.extend(labelled(cluster, kind, namespace, labels).await?);
        }
    }
    reports.retain(|report| uids.contains(&report.spec.root.uid));
    Ok(reports)
}

/// The UIDs of the objects that carry these labels.
async fn labelled(
    cluster: &Cluster,
    kind: &Resource,
    namespace: Option<&str>,
    labels: &str,
) -> Result<Vec<String>, Failure> {
    #[derive(Deserialize)]
    struct List {
        // An empty list may be null.
        items: Option<Vec<Item>>,
    }
    #[derive(Deserialize)]
    struct Item {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        uid: String,
    }
    let selection =
        Selection { labels: Some(labels.to_owned()), metadata: true, ..Selection::default() };
    match cluster.list(kind, namespace, &selection).await? {
        Answer::Found(text) => {
            let list: List = serde_json::from_str(&text).map_err(Failure::new)?;
            Ok(list.items.into_iter().flatten().map(|item| item.metadata.uid).collect())
        }
        Answer::Forbidden(why) => Err(Failure::new(why)),
        Answer::NoKind | Answer::NoObject => Ok(Vec::new()),
    }
}
