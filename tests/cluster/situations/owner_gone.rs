//! A Deployment is deleted and its pods are left: the orphaned `ReplicaSet` is the root from then on.
//! A pod of an owner that nobody knows crashes: never a crash of ours, never a wrong name.

use crate::Outcome;
use crate::manifest::{deployment, object, template};
use crate::stage::Stage;
use kubeblame::report::Verdict;
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.begin_well(&[("web", &deployment("web", &["sleep"]))])?;
    let ghost = json!([{"apiVersion": "nowhere.example/v1", "kind": "Ghost", "name": "boo",
        "uid": "11111111-2222-3333-4444-555555555555", "controller": true}]);
    let pod = object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "haunted"}}))
        .set("/spec", template("haunted", &["exit", "5"])["spec"].clone())
        .set("/metadata/ownerReferences", ghost);
    stage.apply(&pod)?;
    stage.kubectl(&["delete", "deployment", "web", "--cascade=orphan"])?;
    stage.gone("web")?;
    let set = stage.kubectl(&["get", "replicaset", "-o", "jsonpath={.items[0].metadata.name}"])?;
    let report = format!("{set}.replicaset");
    stage.grant(&report, 2);
    stage.until(&report, "Healthy", |status| {
        if status.verdict == Verdict::Healthy { Ok(()) } else { Err(status.summary.clone()) }
    })?;
    stage.stayed_silent(&report)?;
    let haunted = ["boo.ghost", "haunted.pod"];
    let names = stage.bed().reports.names(stage.namespace());
    match names.iter().find(|name| **name != report && !haunted.contains(&name.as_str())) {
        Some(name) => Err(format!("there is a report {name}").into()),
        None => Ok(()),
    }
}
