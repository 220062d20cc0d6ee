//! Revision 2 brings an image and a command that exits with 3; it counts as rolled out.
//! Near miss: a neighbour gets the same image and another command, and runs well.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let web = deployment("web", &["sleep"]).at_once();
    let peer = deployment("peer", &["sleep"]);
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&peer.tag("v2").words(&["serve"]))?;
    stage.apply(&web.tag("v2").words(&["exit", "3"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(3)
        .pods(2)
        .object("Deployment", "web")
        .path("containers[main].image")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.alone("web")?;
    stage.shows_all("web")
}
