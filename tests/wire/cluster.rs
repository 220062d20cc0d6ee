//! A Deployment, its `ReplicaSets` and pods, as a cluster would show them.

use super::server::Server;
use serde_json::{Value, json};

pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
pub(crate) const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";
pub(crate) const PODS: &str = "/api/v1/pods";
/// When all of it was made; the tests' clock begins two minutes later.
pub(crate) const MADE: &str = "2026-11-21T07:00:00Z";
pub(crate) const NOW: &str = "2026-11-21T07:02:00Z";

fn template(revision: i64) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "main", "image": format!("shop/web:v{revision}") }] },
    })
}

pub(crate) fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{ "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true }])
}

/// A Deployment of one pod that is well, at revision 1.
pub(crate) fn healthy(server: &Server) {
    named(server, "web", "uid-web");
}

pub(crate) fn named(server: &Server, name: &str, uid: &str) {
    deployment(server, name, uid, 1, 1);
    replica_set(server, name, uid, 1, MADE);
    server.put(PODS, pod(name, 1, &running()));
}

/// Puts the Deployment of a revision; `ready` is what its status says.
pub(crate) fn deployment(server: &Server, name: &str, uid: &str, revision: i64, ready: i32) {
    server.put(
        DEPLOYMENTS,
        json!({
            "metadata": {
                "name": name, "namespace": "shop", "uid": uid, "generation": revision,
                "creationTimestamp": MADE,
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
            },
            "spec": {
                "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
                "template": template(revision),
            },
            "status": {
                "observedGeneration": revision, "replicas": 1, "updatedReplicas": 1,
                "readyReplicas": ready, "availableReplicas": ready,
            },
        }),
    );
}

pub(crate) fn replica_set(server: &Server, name: &str, uid: &str, revision: i64, made: &str) {
    server.put(
        REPLICA_SETS,
        json!({
            "metadata": {
                "name": format!("{name}-{revision}"), "namespace": "shop",
                "uid": format!("{uid}-rs{revision}"), "generation": 1, "creationTimestamp": made,
                "labels": { "pod-template-hash": revision.to_string() },
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
                "ownerReferences": owner("Deployment", name, uid),
            },
            "spec": { "replicas": 1, "template": template(revision) },
            "status": { "replicas": 1, "readyReplicas": 1, "observedGeneration": 1 },
        }),
    );
}

pub(crate) fn pod(name: &str, revision: i64, status: &Value) -> Value {
    json!({
        "metadata": {
            "name": format!("{name}-{revision}-a"), "namespace": "shop",
            "uid": format!("uid-{name}-{revision}-a"), "creationTimestamp": MADE,
            "labels": { "app": "web", "pod-template-hash": revision.to_string() },
            "ownerReferences":
                owner("ReplicaSet", &format!("{name}-{revision}"), &format!("uid-{name}-rs{revision}")),
        },
        "spec": template(revision)["spec"],
        "status": status,
    })
}

pub(crate) fn running() -> Value {
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": MADE }],
        "containerStatuses": [{
            "name": "main", "ready": true, "restartCount": 0, "image": "shop/web:v1",
            "imageID": "sha256:1", "state": { "running": { "startedAt": MADE } },
        }],
    })
}

/// A container that ended `restarts` times with code 3, `second` seconds after 07:02.
pub(crate) fn crashing(restarts: i32, second: u32) -> Value {
    let at = format!("2026-11-21T07:02:{second:02}Z");
    let end = json!({
        "exitCode": 3, "reason": "Error", "startedAt": at, "finishedAt": at, "containerID": at,
    });
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": MADE }],
        "containerStatuses": [{
            "name": "main", "ready": false, "restartCount": restarts, "image": "shop/web:v2",
            "imageID": "sha256:2", "lastState": { "terminated": end },
            "state": { "waiting": {
                "reason": "CrashLoopBackOff", "message": format!("back-off {restarts}0s"),
            } },
        }],
    })
}

/// Rolls `web` out to revision 2, whose pod crashes.
pub(crate) fn break_it(server: &Server) {
    let made = "2026-11-21T07:02:05Z";
    deployment(server, "web", "uid-web", 2, 0);
    replica_set(server, "web", "uid-web", 2, made);
    server.edit(REPLICA_SETS, "shop/web-1", |set| set["spec"]["replicas"] = json!(0));
    server.delete(PODS, "shop/web-1-a");
    let mut broken = pod("web", 2, &crashing(1, 6));
    broken["metadata"]["creationTimestamp"] = json!(made);
    server.put(PODS, broken);
}
