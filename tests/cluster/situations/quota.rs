//! A quota leaves no room for the surge pod of revision 2, which is innocent: stuck, the old
//! pods serve. Near miss: a neighbour that the quota's scope leaves out rolls out beside it.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, Verdict};

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    let web = web.main("/resources/requests/cpu", "1m");
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.kubectl(&["create", "quota", "pods", "--hard=pods=2", "--scopes=NotBestEffort"])?;
    stage.wait("resourcequota/pods", "jsonpath={.status.used.pods}=2")?;
    stage.apply(&web.tag("v2"))?;
    let denied = Blame::new("FailedCreate", CauseClass::Quota)
        .verdict(Verdict::Stuck)
        .pods(0)
        .object("ResourceQuota", "pods")
        .by("kubectl-create");
    stage.blamed("web", &denied)?;
    stage.apply(&peer.tag("v2"))?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
