//! A rollout that goes well, with containers that are killed on the way out, blames nobody.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::Stage;

pub(super) fn run(stage: &Stage) -> Outcome {
    let web = deployment("web", &["sleep", "--ignore-term"]).replicas(3);
    stage.begin_well(&[("web", &web)])?;
    stage.apply(&web.clone().tag("v2"))?;
    stage.rolled_out("deployment/web")?;
    stage.healthy("web", 2)?;
    stage.apply(&web.tag("v3"))?;
    stage.healthy("web", 3)?;
    stage.stayed_silent("web")?;
    stage.shows("web")
}
