//! A bad edit of a paused Deployment breaks nothing yet: it is Healthy with a pending edit; let
//! go, that edit is to blame.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::{HeldBy, Verdict};

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.begin_well(&[("web", &deployment("web", &["sleep"]))])?;
    stage.kubectl(&["rollout", "pause", "deployment/web"])?;
    stage.kubectl(&["set", "image", "deployment/web", "main=localhost/busybox:v9"])?;
    stage.grant("web", 2);
    stage.until("web", "Healthy with an edit that is held", |status| {
        let edit = status.pending_edit.as_ref().ok_or("there is no pending edit")?;
        let path = edit.changes.first().map(|c| c.path.as_str());
        match (status.verdict, edit.held_by, path) {
            (Verdict::Healthy, HeldBy::Paused, Some("containers[main].image")) => Ok(()),
            what => Err(format!("it says {what:?}")),
        }
    })?;
    stage.stayed_silent("web")?;
    stage.kubectl(&["rollout", "resume", "deployment/web"])?;
    let pull = Blame::revision("ErrImagePull", 2)
        .container("main")
        .pods(1)
        .object("Deployment", "web")
        .path("containers[main].image")
        .by("kubectl-set");
    stage.blamed("web", &pull)
}
