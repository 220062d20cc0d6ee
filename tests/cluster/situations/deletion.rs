//! The report goes with its root, failing or not; a root made again under its name gets a new one.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let web = deployment("web", &["exit", "3"]);
    stage.begin_well(&[("peer", &deployment("peer", &["sleep"]))])?;
    stage.apply(&web)?;
    let crash = Blame::revision("CrashLoopBackOff", 1)
        .container("main")
        .exit_code(3)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    let uid = |report: &str| stage.report(report).map(|r| r.spec.root.uid);
    let before = uid("web")?;
    stage.kubectl(&["delete", "deployment", "web", "peer"])?;
    stage.gone("web")?;
    stage.gone("peer")?;
    stage.apply(&web.words(&["sleep"]))?;
    stage.healthy("web", 1)?;
    if uid("web")? == before {
        return Err("the new root has the old one's report".into());
    }
    Ok(())
}
