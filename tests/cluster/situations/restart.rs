//! `kubectl rollout restart` of something well blames nobody.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::Stage;

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.begin_well(&[("web", &deployment("web", &["sleep"]))])?;
    stage.kubectl(&["rollout", "restart", "deployment/web"])?;
    stage.healthy("web", 2)?;
    stage.stayed_silent("web")?;
    stage.shows("web")
}
