//! Fake nodes: KWOK turns their pods Running without running anything.

use std::time::Duration;

use serde_json::{Value, json};

use crate::control_plane::Plan;
use crate::{Cluster, Error, Mode, files, guardian, poll};

/// How fake nodes and pods behave.
const STAGES: &str = include_str!("kwok/stages.yaml");

/// Nodes made by one kubectl: each new process starts with a full allowance of
/// requests, while one alone is held to 50 a second after the first 300.
const BATCH: usize = 250;

/// New fake nodes turn Ready at some hundreds a second.
const NODES_READY: Duration = Duration::from_mins(2);

/// Starts the controller of fake nodes.
pub(crate) fn start(plan: &Plan<'_>) -> Result<(), Error> {
    let stages = plan.place.dir.join("kwok-stages.yaml");
    files::write(&stages, STAGES)?;
    let flags = vec![
        format!("--kubeconfig={}", plan.kubeconfig("kwok", &["system:masters"])?),
        format!("--config={}", stages.display()),
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake".to_owned(),
        "--node-ip=127.0.0.1".to_owned(),
        // The default of 254 addresses is soon used up.
        "--cidr=10.64.0.0/10".to_owned(),
        "-v=WARN".to_owned(),
    ];
    guardian::start(&plan.place.dir, "kwok", plan.argv("kwok", flags)?, "")
}

/// Makes fake nodes, numbered on from those there are, and waits until all are Ready.
pub(crate) fn add_nodes(cluster: &Cluster, count: usize) -> Result<(), Error> {
    let tainted = cluster.mode() == Mode::Full;
    let first = statuses(cluster)?.len();
    let nodes: Vec<Value> = (first..first + count).map(|number| node(number, tainted)).collect();
    for batch in nodes.chunks(BATCH) {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": batch });
        cluster.kubectl_stdin(&["create", "-f", "-"], &list.to_string())?;
    }
    poll("all fake nodes' being Ready", NODES_READY, || {
        let statuses = statuses(cluster).ok()?;
        (statuses.iter().filter(|status| *status == "True").count() == first + count).then_some(())
    })
    .map_err(|error| error.with_log(&cluster.log("kwok")))
}

/// The Ready condition of each fake node; a new one has none yet.
fn statuses(cluster: &Cluster) -> Result<Vec<String>, Error> {
    let each =
        "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].status}{'\\n'}{end}";
    let lines = cluster.kubectl_run(&["get", "nodes", "-l", "type=kwok", "-o", each])?;
    Ok(lines.lines().map(str::to_owned).collect())
}

fn node(number: usize, tainted: bool) -> Value {
    let name = format!("kwok-{number}");
    let mut node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": { "kwok.x-k8s.io/node": "fake" },
            "labels": { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok" },
        },
        "status": {
            "allocatable": { "cpu": "64", "memory": "256Gi", "pods": "1000" },
            "capacity": { "cpu": "64", "memory": "256Gi", "pods": "1000" },
        },
    });
    if tainted {
        node["spec"]["taints"] =
            json!([{ "key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule" }]);
    }
    node
}
