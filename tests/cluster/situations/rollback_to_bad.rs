//! A rollback to a revision that never ran well: the rollback is to blame, by who made it, not
//! whoever wrote that revision long ago.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, TriggerClass};

pub(super) fn run(stage: &Stage) -> Outcome {
    let web = deployment("web", &["exit", "4"]).at_once();
    stage.apply(&web)?;
    let first = Blame::revision("CrashLoopBackOff", 1)
        .container("main")
        .exit_code(4)
        .pods(2)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &first)?;
    stage.apply(&web.words(&["sleep"]))?;
    stage.healthy("web", 2)?;
    stage.kubectl(&["rollout", "undo", "deployment/web"])?;
    let back = Blame::new("CrashLoopBackOff", CauseClass::Rollback)
        .number(3)
        .container("main")
        .exit_code(4)
        .pods(2)
        .object("Deployment", "web")
        .path("containers[main].args")
        .by("kubectl")
        .trigger(TriggerClass::Rollback);
    stage.blamed("web", &back)?;
    stage.alone("web")?;
    stage.shows("web")
}
