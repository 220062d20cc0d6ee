//! Revision 2 only changes what is run; it exits a second after each start, a loop that
//! Kubernetes calls Running and Ready in between.
//! Near miss: a neighbour changes what it runs, and runs well.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&peer.words(&["log", "hello", "--", "sleep"]))?;
    stage.apply(&web.words(&["exit", "7", "--after", "1s"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(7)
        .object("Deployment", "web")
        .path("containers[main].args")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")
}
