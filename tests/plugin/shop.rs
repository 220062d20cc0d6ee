//! What the tests' API server has: a Deployment of one pod, and how that pod is.

use super::server::Server;
use serde_json::{Value, json};
use std::process::Output;

pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
pub(crate) const SETS: &str = "/apis/apps/v1/namespaces/shop/replicasets";
pub(crate) const PODS: &str = "/api/v1/namespaces/shop/pods";
pub(crate) const EVENTS: &str = "/api/v1/namespaces/shop/events";
pub(crate) const REPORTS: &str = "/apis/kubeblame.dev/v1alpha1/namespaces/shop/blamereports";
pub(crate) const MADE: &str = "2026-11-21T07:00:00Z";

pub(crate) fn template(revision: i64) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "main", "image": format!("shop/web:v{revision}") }] },
    })
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{ "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true }])
}

/// A Deployment of one pod, at revision 2 after 1.
pub(crate) fn cluster(server: &Server, status: &Value) {
    let ready = i32::from(status["containerStatuses"][0]["ready"] == true);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "creationTimestamp": MADE, "labels": { "app": "web" },
            "annotations": { "deployment.kubernetes.io/revision": "2" },
            "managedFields": [{
                "manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T07:02:00Z",
                "fieldsV1": { "f:spec": { "f:template": { "f:spec": { "f:containers": {
                    "k:{\"name\":\"main\"}": { "f:image": {} } } } } } },
            }],
        },
        "spec": {
            "replicas": 1, "selector": { "matchLabels": { "app": "web" } }, "template": template(2),
        },
        "status": {
            "observedGeneration": 2, "replicas": 1, "updatedReplicas": 1,
            "readyReplicas": ready, "availableReplicas": ready,
        },
    });
    let set = |revision: i64, replicas: i64| {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("web-{revision}"), "namespace": "shop", "generation": 1,
                "uid": format!("uid-rs{revision}"),
                "creationTimestamp": if revision == 1 { MADE } else { "2026-11-21T07:02:00Z" },
                "labels": { "app": "web", "pod-template-hash": revision.to_string() },
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
                "ownerReferences": owner("Deployment", "web", "uid-web"),
            },
            "spec": { "replicas": replicas, "template": template(revision) },
            "status": { "replicas": replicas, "readyReplicas": replicas, "observedGeneration": 1 },
        })
    };
    let pod = pod(&template(2)["spec"], status);
    server.list(DEPLOYMENTS, &[deployment]);
    server.list(SETS, &[set(1, 0), set(2, 1)]);
    server.list(PODS, &[pod]);
    server.list(EVENTS, &[]);
}

/// The pod of revision 2.
pub(crate) fn pod(spec: &Value, status: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-2-a", "namespace": "shop", "uid": "uid-pod",
            "creationTimestamp": "2026-11-21T07:02:01Z",
            "labels": { "app": "web", "pod-template-hash": "2" },
            "ownerReferences": owner("ReplicaSet", "web-2", "uid-rs2"),
        },
        "spec": spec, "status": status,
    })
}

pub(crate) fn crashing() -> Value {
    let end = json!({
        "exitCode": 3, "reason": "Error",
        "startedAt": "2026-11-21T07:03:30Z", "finishedAt": "2026-11-21T07:03:31Z",
    });
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": MADE }],
        "containerStatuses": [{
            "name": "main", "ready": false, "restartCount": 2, "image": "shop/web:v2",
            "imageID": "sha256:2", "lastState": { "terminated": end },
            "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        }],
    })
}

pub(crate) fn running(since: &str) -> Value {
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": since }],
        "containerStatuses": [{
            "name": "main", "ready": true, "restartCount": 0, "image": "shop/web:v2",
            "imageID": "sha256:2", "state": { "running": { "startedAt": since } },
        }],
    })
}

pub(crate) fn report(name: &str, kind: &str, root: &str) -> Value {
    json!({
        "apiVersion": "kubeblame.dev/v1alpha1", "kind": "BlameReport",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": { "root": { "apiVersion": "apps/v1", "kind": kind, "name": root, "uid": "u" } },
        "status": {
            "verdict": "Failing", "since": MADE, "conditions": [],
            "summary": format!("{root} is broken"),
        },
    })
}

/// The report of web with this summary and verdict.
pub(crate) fn named(summary: &str, verdict: &str) -> Value {
    let mut report = report("web", "Deployment", "web");
    report["status"]["summary"] = json!(summary);
    report["status"]["verdict"] = json!(verdict);
    report
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code, answer, messages.
pub(crate) fn parts(output: &Output) -> (Option<i32>, String, String) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The one sentence of a failure.
pub(crate) fn failure(output: &Output) -> String {
    let (code, answer, said) = parts(output);
    assert_eq!((code, answer.as_str()), (Some(1), ""), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    errors[0].to_owned()
}
