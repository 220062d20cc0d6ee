//! Revision 2 ends with 0 again and again: a loop as any other, though nothing failed.
//! Near miss: a neighbour whose pods end once with 0 because they are replaced.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]).at_once(), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&peer.pod("/terminationGracePeriodSeconds", 5).tag("v2"))?;
    stage.apply(&web.words(&["exit", "0"]))?;
    let end = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(0)
        .pods(2)
        .object("Deployment", "web")
        .path("containers[main].args")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &end)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.alone("web")?;
    stage.shows("web")
}
