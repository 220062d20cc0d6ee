//! Every root of a namespace, from one list of each kind.

use super::super::super::failure::Failure;
use super::super::super::find;
use super::super::cluster::{Cluster, Selection};
use super::super::note;
use super::super::resource::Resource;
use super::Computer;
use super::need::Ask;
use crate::blame;
use crate::report::BlameReport;

/// The kinds of a namespace whose roots are listed.
const LISTED: &[&str] = &[
    "Pod",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "ControllerRevision",
    "Event",
];

/// Judges every root of a namespace, or of all.
pub(in crate::plugin) async fn all(
    cluster: &Cluster,
    namespace: Option<&str>,
) -> Result<Vec<BlameReport>, Failure> {
    let mut computer = Computer::new(cluster, "");
    let asks = LISTED
        .iter()
        .filter_map(|kind| Resource::built_in(kind))
        .map(|resource| Ask {
            resource,
            namespace: namespace.map(str::to_owned),
            selection: Selection::default(),
            name: None,
        })
        .collect();
    computer.ask(asks).await?;
    if let (true, Some(why)) = (computer.graph.is_empty(), computer.forbidden.values().next()) {
        return Err(Failure::new(why));
    }
    if !computer.forbidden.is_empty() {
        let kinds: Vec<&str> = computer.forbidden.keys().map(String::as_str).collect();
        note(&format!("you may not read {}: what they do is not known", kinds.join(", ")));
    }
    blame::share(&mut computer.graph, cluster.now());
    let judgements = find::all(&computer.graph, cluster.now(), None, namespace);
    Ok(judgements.into_iter().map(|judgement| judgement.report).collect())
}
