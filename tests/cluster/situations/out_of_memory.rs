//! Revision 2 needs more memory than its limit.
//! Near miss: a neighbour with the same limit needs less.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let limited = |name: &str, words: &[&str]| {
        deployment(name, words).main("/resources/limits/memory", "48Mi").at_once()
    };
    let (peer, web) = (limited("peer", &["sleep"]), limited("web", &["sleep"]));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&limited("peer", &["alloc", "8", "--", "sleep"]))?;
    stage.apply(&limited("web", &["alloc", "200", "--", "sleep"]))?;
    let killed = Blame::revision("OOMKilled", 2)
        .container("main")
        .exit_code(137)
        .pods(2)
        .object("Deployment", "web")
        .path("containers[main].args")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &killed)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.alone("web")?;
    stage.shows("web")
}
