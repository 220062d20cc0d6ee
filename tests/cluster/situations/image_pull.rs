//! Revision 2 asks for a tag that does not exist; the old pods go on serving.
//! Near miss: a neighbour moves to a tag that exists.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let (web, peer) = (deployment("web", &["sleep"]), deployment("peer", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&peer.tag("v3"))?;
    stage.kubectl(&["set", "image", "deployment/web", "main=localhost/busybox:v9"])?;
    let pull = Blame::revision("ErrImagePull", 2)
        .container("main")
        .pods(1)
        .object("Deployment", "web")
        .path("containers[main].image")
        .by("kubectl-set");
    stage.blamed("web", &pull)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
