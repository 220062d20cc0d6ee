//! Revision 2 fails, and `kubectl rollout undo` makes it well: Healthy at revision 3, which is
//! revision 1 again, and the failure is history.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let web = deployment("web", &["sleep"]).at_once();
    stage.begin_well(&[("web", &web)])?;
    stage.apply(&web.tag("v2").words(&["exit", "3"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(3)
        .pods(2)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    stage.alone("web")?;
    stage.kubectl(&["rollout", "undo", "deployment/web"])?;
    stage.healthy("web", 3)?;
    stage.shows("web")
}
