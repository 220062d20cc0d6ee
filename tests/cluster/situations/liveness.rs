//! Revision 2's liveness probe asks at a port where nobody answers, and the kubelet kills what
//! runs well. Near miss: a neighbour with the right port is rolled out at the same time.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::CauseClass;
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let probed = |name: &str, port: u16| {
        deployment(name, &["serve"])
            .main("/livenessProbe/httpGet", json!({"path": "/healthz", "port": port}))
            .main("/livenessProbe/periodSeconds", 1)
            // The neighbour may take a while to listen, and to answer.
            .main("/livenessProbe/failureThreshold", 6)
            .main("/livenessProbe/timeoutSeconds", 10)
    };
    let (peer, web) = (probed("peer", 8080), probed("web", 8080));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.apply(&probed("peer", 8080).tag("v2"))?;
    stage.apply(&probed("web", 8081))?;
    stage.grant("web", 4);
    stage.allow("web", Blame::revision("", 2).object("Deployment", "web"));
    stage.until("web", "blamed on revision 2", |status| {
        let cause = status.findings.first().map(|f| &f.cause).filter(|c| c.is_blame());
        let cause = cause.ok_or_else(|| status.summary.clone())?;
        let path = "containers[main].livenessProbe.httpGet.port";
        match (cause.class, cause.revision, cause.changes.first()) {
            (CauseClass::Revision, Some(2), Some(change)) if change.path == path => Ok(()),
            _ => Err(format!("the cause is {cause:?}")),
        }
    })?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")
}
