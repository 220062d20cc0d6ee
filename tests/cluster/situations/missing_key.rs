//! Revision 2 reads a key that its `ConfigMap` does not have.
//! Near miss: a neighbour reads a key that it has.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.kubectl(&["create", "configmap", "settings", "--from-literal=colour=blue"])?;
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    let reads = |key: &str| json!([{"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": key}}}]);
    stage.apply(&peer.main("/env", reads("colour")))?;
    stage.apply(&web.main("/env", reads("color")))?;
    let missing = Blame::revision("CreateContainerConfigError", 2)
        .container("main")
        .pods(1)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &missing)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
