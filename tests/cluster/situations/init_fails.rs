//! Revision 2 brings an init container that fails.
//! Near miss: a neighbour's new init container succeeds.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    let init = |code: &str| json!([{"name": "migrate", "image": "localhost/workload:v1", "args": ["exit", code]}]);
    stage.apply(&peer.pod("/initContainers", init("0")))?;
    stage.apply(&web.pod("/initContainers", init("5")))?;
    let failed = Blame::revision("CrashLoopBackOff", 2)
        .container("migrate")
        .exit_code(5)
        .pods(1)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &failed)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
