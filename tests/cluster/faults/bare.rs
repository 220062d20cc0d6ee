//! A control plane without nodes: rights and CRDs that are missing.

use super::ensure;
use super::process::Process;
use crate::bed::{Audit, CRD, RBAC, identity};
use crate::manifest::deployment;
use crate::{Failure, Outcome};
use local_cluster::{Cluster, Options, poll};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// A control plane, and a Deployment on it whose pods a quota denies.
fn stuck_cluster() -> Result<Cluster, Failure> {
    let cluster = Cluster::start(&Options::control_plane())?;
    cluster.apply(RBAC)?;
    cluster.kubectl_run(&["create", "quota", "none", "--hard=pods=0"])?;
    cluster.wait("resourcequota/none", "jsonpath={.status.hard.pods}=0", PATIENCE)?;
    cluster.apply(&deployment("web", &["sleep"]).to_string())?;
    Ok(cluster)
}

fn is_stuck(cluster: &Cluster) -> Result<Value, Failure> {
    let report = poll("the report on web being Stuck", PATIENCE, || {
        let report = cluster.kubectl_run(&["get", "blamereport", "web", "-o", "json"]).ok()?;
        let report: Value = serde_json::from_str(&report).ok()?;
        (report["status"]["verdict"] == "Stuck").then_some(report)
    })?;
    Ok(report)
}

/// Whoever may do nothing is told, in one line each, which verb on which resource.
pub(super) fn forbidden() -> Outcome {
    let cluster = Cluster::start(&Options::control_plane())?;
    cluster.apply(CRD)?;
    let mut process = Process::start(&cluster.kubeconfig_for("nobody", &[])?)?;
    let line = process.says(&["not allowed to list", "deployments"])?;
    ensure(!line.contains("panicked"), || line.clone())?;
    process.says(&["not allowed to list", "pods"])?;
    process.runs()?;
    let log = process.log();
    let about = log.lines().filter(|line| line.contains("deployments")).count();
    ensure(about == 1, || format!("deployments are complained about {about} times:\n{log}"))?;
    process.terminate()?;
    Ok(())
}

/// Without the CRD it waits and says so; an older CRD, which knows fewer fields, gets what
/// it can take, and is not written again and again because the rest is missing.
pub(super) fn absent_then_older_crd() -> Outcome {
    let cluster = stuck_cluster()?;
    let mut process = Process::start(&identity(&cluster)?)?;
    process.says(&["blamereports"])?;
    process.runs()?;
    cluster.apply(&older_crd()?.to_string())?;
    let report = is_stuck(&cluster).map_err(|e| format!("{e}; it says:\n{}", process.log()))?;
    let finding = &report["status"]["findings"][0];
    ensure(finding["cause"]["class"] == "Quota", || format!("it says {report:#}"))?;
    ensure(finding["evidence"].is_null(), || "the older CRD kept what it does not know".into())?;
    // Nothing happens on this cluster: whatever is written now is written for nothing.
    let audit = Audit::of(&cluster);
    std::thread::sleep(Duration::from_secs(8));
    let writes = audit.status_writes("default", "web")?;
    ensure(writes <= 3, || format!("{writes} status writes on an older CRD:\n{}", process.log()))?;
    process.runs()?;
    process.terminate()?;
    Ok(())
}

/// The CRD as an earlier version may have been: fewer fields everywhere.
fn older_crd() -> Result<Value, Failure> {
    let mut crd: Value = serde_saphyr::from_str(CRD)?;
    let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let status = &mut schema["status"]["properties"];
    for (list, field) in
        [("findings", "evidence"), ("findings", "remedy"), ("revisions", "changes")]
    {
        let properties = status[list]["items"]["properties"].as_object_mut();
        let removed = properties.and_then(|properties| properties.remove(field));
        ensure(removed.is_some(), || format!("the CRD has no {list}[].{field} to remove"))?;
    }
    for field in ["inputs", "history", "omitted"] {
        let removed = status.as_object_mut().and_then(|properties| properties.remove(field));
        ensure(removed.is_some(), || format!("the CRD has no {field} to remove"))?;
    }
    Ok(crd)
}
