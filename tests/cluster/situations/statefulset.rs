//! Revision 2 of a `StatefulSet` crashes; its first pod stands for all, the others stay old.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let set = |name: &str| {
        deployment(name, &["sleep"])
            .set("/kind", "StatefulSet")
            .set("/spec/serviceName", name)
            // Without a probe a crashing pod counts as ready in between, and the next one follows.
            .main("/readinessProbe/exec/command", ["workload", "check-file", "/etc/image-tag"])
            .main("/readinessProbe/periodSeconds", 1)
            .main("/readinessProbe/timeoutSeconds", 10)
    };
    stage.begin_well(&[("peer.statefulset", &set("peer")), ("web.statefulset", &set("web"))])?;
    stage.apply(&set("peer").tag("v2"))?;
    stage.apply(&set("web").tag("v2").words(&["exit", "6"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(6)
        .pods(1)
        .object("StatefulSet", "web")
        .path("containers[main].image")
        .by("kubectl-client-side-apply");
    stage.blamed("web.statefulset", &crash)?;
    stage.healthy("peer.statefulset", 2)?;
    stage.stayed_silent("peer.statefulset")?;
    stage.shows("web.statefulset")
}
