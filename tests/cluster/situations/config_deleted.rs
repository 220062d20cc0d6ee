//! A `ConfigMap` is deleted under running pods; a scale-up makes it visible. Whoever made the
//! Deployment, and whoever scaled it, is innocent, and nobody knows who deleted.
//! Near miss: a neighbour that may do without it scales as well.

use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, TriggerClass};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.kubectl(&["create", "configmap", "settings", "--from-literal=colour=blue"])?;
    let reads =
        |optional: bool| json!([{"configMapRef": {"name": "settings", "optional": optional}}]);
    let peer = deployment("peer", &["sleep"]).main("/envFrom", reads(true));
    let web = deployment("web", &["sleep"]).main("/envFrom", reads(false));
    stage.begin_well(&[("peer", &peer), ("web", &web)])?;
    stage.kubectl(&["delete", "configmap", "settings"])?;
    stage.kubectl(&["scale", "deployment", "web", "peer", "--replicas=3"])?;
    let deleted = Blame::new("CreateContainerConfigError", CauseClass::ConfigChange)
        .container("main")
        .pods(1)
        .object("ConfigMap", "settings")
        .trigger(TriggerClass::Scale);
    stage.blamed("web", &deleted)?;
    stage.rolled_out("deployment/peer")?;
    stage.healthy("peer", 1)?;
    stage.stayed_silent("peer")?;
    stage.shows("web")
}
