//! Two Deployments select the same labels. Owners are matched by UID, so that the crash of one
//! is never the other's.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let same = |name: &str, words: &[&str]| {
        deployment(name, words)
            .at_once()
            .set("/spec/selector/matchLabels/app", "shared")
            .set("/spec/template/metadata/labels/app", "shared")
    };
    stage.begin_well(&[("left", &same("left", &["sleep"]))])?;
    stage.begin_well(&[("right", &same("right", &["sleep", "1000h"]))])?;
    stage.apply(&same("right", &["exit", "3"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(3)
        .pods(2)
        .object("Deployment", "right")
        .path("containers[main].args")
        .by("kubectl-client-side-apply");
    stage.blamed("right", &crash)?;
    stage.stayed_silent("left")
}
