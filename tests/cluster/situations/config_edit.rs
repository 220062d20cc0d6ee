//! A `ConfigMap` is edited, nothing happens, and later a restart makes the pods read it: the
//! edit is the cause, the restart only the trigger.
//! Near miss: a neighbour restarts over an edit that it can live with.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, TriggerClass};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.kubectl(&["create", "configmap", "settings", "--from-literal=URL=db://one"])?;
    let reads = json!([{"configMapRef": {"name": "settings"}}]);
    let wants = |name: &str, prefix: &str| {
        let words = ["need-env", "URL", "--prefix", prefix, "--", "sleep"];
        // So a pod of the loop never counts, and the old pods stay beside it.
        deployment(name, &words).main("/envFrom", reads.clone()).set("/spec/minReadySeconds", 5)
    };
    stage.begin_well(&[("peer", &wants("peer", "")), ("web", &wants("web", "db://"))])?;
    let patch = r#"{"data":{"URL":"http://wrong"}}"#;
    stage.kubectl(&["patch", "configmap", "settings", "--patch", patch])?;
    stage.kubectl(&["rollout", "restart", "deployment", "web", "peer"])?;
    let edited = Blame::new("CrashLoopBackOff", CauseClass::ConfigChange)
        .container("main")
        .exit_code(2)
        .pods(1)
        .object("ConfigMap", "settings")
        .path("data[URL]")
        .by("kubectl-patch")
        .trigger(TriggerClass::Restart);
    stage.blamed("web", &edited)?;
    stage.healthy("peer", 2)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
