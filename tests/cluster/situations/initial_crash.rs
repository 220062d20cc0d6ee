//! The first revision crashes; there is nothing to compare it with, so it is the suspect itself.
//! Near miss: a neighbour's first revision runs well.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.apply(&deployment("web", &["exit", "2"]))?;
    stage.begin_well(&[("peer", &deployment("peer", &["sleep"]))])?;
    let crash = Blame::revision("CrashLoopBackOff", 1)
        .container("main")
        .exit_code(2)
        .pods(2)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
