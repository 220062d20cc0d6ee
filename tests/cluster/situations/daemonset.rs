//! Revision 2 of a `DaemonSet` crashes on its node; a neighbour's runs well.

use crate::Outcome;
use crate::manifest::{object, template};
use crate::stage::{Blame, Stage};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let set = |name: &str| {
        object(json!({
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": template(name, &["sleep"]),
            },
        }))
    };
    stage.begin_well(&[("peer.daemonset", &set("peer")), ("agent.daemonset", &set("agent"))])?;
    stage.apply(&set("peer").tag("v2"))?;
    stage.apply(&set("agent").tag("v2").words(&["exit", "4"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(4)
        .pods(1)
        .object("DaemonSet", "agent")
        .path("containers[main].image")
        .by("kubectl-client-side-apply");
    stage.blamed("agent.daemonset", &crash)?;
    stage.healthy("peer.daemonset", 2)?;
    stage.stayed_silent("peer.daemonset")?;
    stage.shows("agent.daemonset")
}
