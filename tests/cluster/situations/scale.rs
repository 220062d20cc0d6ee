//! Scaling up, down and to nothing is no revision and no failure.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::Stage;

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.begin_well(&[("web", &deployment("web", &["sleep"]))])?;
    for (replicas, ready) in [("4", "4/4"), ("1", "1/1"), ("0", "0/0")] {
        stage.kubectl(&["scale", "deployment", "web", &format!("--replicas={replicas}")])?;
        stage.rolled_out("deployment/web")?;
        stage.healthy("web", 1)?;
        stage.until("web", &format!("at {ready}"), |status| {
            let shown = status.display.as_ref().map_or("", |d| d.ready.as_str());
            if shown == ready { Ok(()) } else { Err(format!("it shows {shown}")) }
        })?;
    }
    stage.stayed_silent("web")
}
