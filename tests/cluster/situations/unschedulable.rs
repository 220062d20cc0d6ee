//! Revision 2 asks for more processors than there are.
//! Near miss: a neighbour asks for what there is.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::Verdict;

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&peer.main("/resources/requests/cpu", "1m"))?;
    stage.apply(&web.main("/resources/requests/cpu", "500"))?;
    let nowhere = Blame::revision("Unschedulable", 2)
        .verdict(Verdict::Stuck)
        .pods(1)
        .object("Deployment", "web")
        .path("containers[main].resources.requests.cpu")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &nowhere)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
