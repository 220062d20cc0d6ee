//! Revision 2's readiness probe asks for a file that never comes; the probe's own budget says
//! when that is wrong.
//! Near miss: a neighbour's file comes after a few seconds, within that budget: a fifth of it,
//! since a machine that is busy takes longer over both.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};

pub(super) fn run(stage: &Stage) -> Outcome {
    let with_probe = |name: &str, words: &[&str], path: &str| {
        deployment(name, words)
            .main("/readinessProbe/exec/command", ["workload", "check-file", path])
            .main("/readinessProbe/periodSeconds", 1)
            .main("/readinessProbe/failureThreshold", 20)
            // What takes a second on a calm machine takes longer on another.
            .main("/readinessProbe/timeoutSeconds", 10)
    };
    let ready = ["write-file", "/tmp/ready", "--", "sleep"];
    let (peer, web) =
        (with_probe("peer", &ready, "/tmp/ready"), with_probe("web", &ready, "/tmp/ready"));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    let late = ["log", "warm up", "--times", "4", "--", "write-file", "/tmp/ready", "--", "sleep"];
    stage.apply(&with_probe("peer", &late, "/tmp/ready"))?;
    stage.apply(&with_probe("web", &ready, "/tmp/wrong"))?;
    let unhealthy = Blame::revision("Unhealthy", 2)
        .container("main")
        .pods(1)
        .object("Deployment", "web")
        .path("containers[main].readinessProbe.exec.command")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &unhealthy)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
