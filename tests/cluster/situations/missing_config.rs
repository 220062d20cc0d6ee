//! Revision 2 reads a `ConfigMap` that was never there.
//! Near miss: a neighbour reads one that is not there either, but may do without.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    let reads =
        |optional: bool| json!([{"configMapRef": {"name": "absent", "optional": optional}}]);
    stage.apply(&peer.main("/envFrom", reads(true)))?;
    stage.apply(&web.main("/envFrom", reads(false)))?;
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
