//! What is written, and what is not.

use crate::cluster::{self, DEPLOYMENTS, NOW, PODS};
use crate::server::{Asked, REPORTS, Server};
use crate::{Running, pass};
use serde_json::json;

const SPEC: &str = "PATCH /apis/kubeblame.dev/v1alpha1/namespaces/shop/blamereports/web";
const STATUS: &str = "PATCH /apis/kubeblame.dev/v1alpha1/namespaces/shop/blamereports/web/status";
const EVENT: &str = "POST /apis/events.k8s.io/v1/namespaces/shop/events";

#[tokio::test(start_paused = true)]
async fn a_report_is_applied_spec_first() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    let writes: Vec<_> = server.take_asked().into_iter().filter(Asked::is_write).collect();
    assert_eq!(writes.len(), 2, "{writes:#?}");
    let (spec, status) = (&writes[0], &writes[1]);
    for write in [spec, status] {
        assert!(write.query.contains("fieldManager=kubeblame"), "{write:?}");
        assert!(write.query.contains("force=true"), "{write:?}");
        assert_eq!(write.content_type, "application/apply-patch+yaml");
    }
    assert_eq!(
        spec.body,
        json!({
            "apiVersion": "kubeblame.dev/v1alpha1", "kind": "BlameReport",
            "metadata": {
                "name": "web", "namespace": "shop",
                "labels": {
                    "app.kubernetes.io/managed-by": "kubeblame",
                    "velero.io/exclude-from-backup": "true",
                },
                "annotations": {
                    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
                    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
                },
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "uid-web",
                }],
            },
            "spec": { "root": {
                "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "uid-web",
            } },
        })
    );
    let body = &status.body;
    assert_eq!(body["metadata"]["uid"], server.report("web").expect("it")["metadata"]["uid"]);
    assert_eq!(body["spec"], json!(null));
    assert_eq!(body["status"]["verdict"], "Healthy");
    assert_eq!(body["status"]["observedGeneration"], 1);
    assert_eq!(body["status"]["conditions"][0]["observedGeneration"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_root_costs_nothing_and_a_restart_neither() {
    let server = Server::new();
    cluster::healthy(&server);
    let first = Running::start(&server, NOW);
    pass(5).await;
    assert_eq!(server.take_writes(), [SPEC, STATUS]);
    pass(3600).await;
    let asked = server.take_asked();
    assert!(asked.iter().all(|a| a.query.contains("watch=true")), "{asked:#?}");
    drop(first);
    for _ in 0..2 {
        let again = Running::start(&server, "2026-11-21T08:03:00Z");
        pass(300).await;
        assert_eq!(server.take_writes(), [""; 0]);
        drop(again);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_rollout_costs_at_most_four_writes() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start(&server, NOW);
    pass(5).await;
    server.take_writes();
    cluster::break_it(&server);
    pass(1).await;
    assert_eq!(server.take_writes(), [STATUS, EVENT], "bad news is written at once");
    // It crashes on, for an hour.
    for restarts in 2..30 {
        let status = cluster::crashing(restarts, 5 + restarts.cast_unsigned());
        server.edit(PODS, "shop/web-2-a", |pod| pod["status"] = status);
        pass(120).await;
    }
    let writes = server.take_writes();
    assert!(writes.len() <= 3 && writes.iter().all(|w| w == STATUS), "{writes:?}");
    drop(controller);
    let _again = Running::start(&server, "2026-11-21T08:03:00Z");
    pass(60).await;
    assert_eq!(server.take_writes(), [""; 0], "killed and started again");
}

#[tokio::test(start_paused = true)]
async fn recovery_is_told_once() {
    let server = Server::new();
    cluster::healthy(&server);
    cluster::break_it(&server);
    let _controller = Running::start(&server, NOW);
    pass(10).await;
    assert_eq!(server.take_writes(), [SPEC, STATUS, EVENT]);
    cluster::deployment(&server, "web", "uid-web", 3, 1);
    server.delete(PODS, "shop/web-2-a");
    cluster::replica_set(&server, "web", "uid-web", 3, NOW);
    server.put(PODS, cluster::pod("web", 3, &cluster::running()));
    pass(200).await;
    let asked = server.take_asked();
    let events: Vec<_> =
        asked.iter().filter(|a| a.path.ends_with("/events") && a.is_write()).collect();
    assert_eq!(events.len(), 1, "{events:#?}");
    let event = &events[0].body;
    assert_eq!((&event["reason"], &event["type"]), (&json!("Recovered"), &json!("Normal")));
    assert_eq!(event["regarding"]["uid"], "uid-web");
    assert_eq!(event["reportingController"], "kubeblame.dev/controller");
    assert!(asked.iter().filter(|a| a.path.ends_with("/status")).count() <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_rollout_costs_at_most_two_writes() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.take_writes();
    cluster::deployment(&server, "web", "uid-web", 2, 0);
    cluster::replica_set(&server, "web", "uid-web", 2, NOW);
    pass(20).await;
    server.put(PODS, cluster::pod("web", 2, &cluster::running()));
    cluster::deployment(&server, "web", "uid-web", 2, 1);
    server.edit(cluster::REPLICA_SETS, "shop/web-1", |set| set["spec"]["replicas"] = json!(0));
    server.delete(PODS, "shop/web-1-a");
    pass(600).await;
    let writes = server.take_writes();
    assert!((1..=2).contains(&writes.len()), "{writes:?}");
    assert_eq!(server.report("web").expect("it")["status"]["verdict"], "Healthy");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_deleted_or_forged_is_set_right() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(40).await;
    server.take_writes();
    server.delete(REPORTS, "shop/web");
    pass(5).await;
    assert_eq!(server.take_writes(), [SPEC, STATUS]);
    server.edit(REPORTS, "shop/web", |report| report["status"]["verdict"] = json!("Failing"));
    pass(40).await;
    assert_eq!(server.take_writes(), [STATUS]);
    assert_eq!(server.report("web").expect("it")["status"]["verdict"], "Healthy");
    server.edit(REPORTS, "shop/web", |report| {
        report["metadata"]["ownerReferences"] = cluster::owner("Deployment", "web", "uid-other");
    });
    pass(10).await;
    let writes = server.take_writes();
    assert_eq!(writes, [&SPEC.replace("PATCH", "DELETE"), SPEC, STATUS]);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_report_on_a_roots_name_gives_way() {
    let server = Server::new();
    cluster::healthy(&server);
    for name in ["web", "stray"] {
        server.put(
            REPORTS,
            json!({
                "metadata": { "name": name, "namespace": "shop", "uid": format!("forged-{name}") },
                "spec": { "root": {
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "forged",
                } },
                "status": { "verdict": 7 },
            }),
        );
    }
    let _controller = Running::start(&server, NOW);
    pass(60).await;
    assert_eq!(server.report("stray"), None);
    let report = server.report("web").expect("a report");
    assert_eq!(report["spec"]["root"]["uid"], "uid-web");
    assert_eq!(report["status"]["verdict"], "Healthy");
}

#[tokio::test(start_paused = true)]
async fn a_root_recreated_under_its_name_gets_a_new_report() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(10).await;
    let before = server.report("web").expect("a report")["metadata"]["uid"].clone();
    server.delete(PODS, "shop/web-1-a");
    server.delete(cluster::REPLICA_SETS, "shop/web-1");
    server.delete(DEPLOYMENTS, "shop/web");
    cluster::named(&server, "web", "uid-second");
    pass(30).await;
    let after = server.report("web").expect("a report");
    assert_ne!(after["metadata"]["uid"], before);
    assert_eq!(after["spec"]["root"]["uid"], "uid-second");
    assert_eq!(after["metadata"]["ownerReferences"][0]["uid"], "uid-second");
}

#[tokio::test(start_paused = true)]
async fn an_ignored_root_has_no_report() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(10).await;
    let ignore = |value: &'static str| {
        server.edit(DEPLOYMENTS, "shop/web", |d| {
            d["metadata"]["annotations"]["kubeblame.dev/ignore"] = json!(value);
        });
    };
    ignore("true");
    pass(10).await;
    assert_eq!(server.report("web"), None);
    ignore("false");
    pass(10).await;
    assert!(server.report("web").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_pod_seen_before_its_owners_is_no_root() {
    let server = Server::new();
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.put(PODS, cluster::pod("web", 1, &cluster::crashing(1, 1)));
    pass(1).await;
    cluster::deployment(&server, "web", "uid-web", 1, 0);
    cluster::replica_set(&server, "web", "uid-web", 1, NOW);
    pass(20).await;
    let reports: Vec<_> =
        server.take_asked().into_iter().filter(|a| a.path.contains("/blamereports/")).collect();
    assert!(reports.iter().all(|a| a.path.contains("/web")) && !reports.is_empty(), "{reports:#?}");
    assert!(reports.iter().all(|a| !a.path.contains(".pod") && !a.path.contains(".replicaset")));
}

#[tokio::test(start_paused = true)]
async fn names_that_collide_hold_over_a_restart() {
    let server = Server::new();
    cluster::named(&server, "web.replicaset", "uid-odd");
    server.put(
        cluster::REPLICA_SETS,
        json!({
            "metadata": { "name": "web", "namespace": "shop", "uid": "uid-bare", "generation": 1 },
            "spec": { "replicas": 0 }, "status": { "observedGeneration": 1 },
        }),
    );
    let first = Running::start(&server, NOW);
    pass(60).await;
    assert_eq!(server.take_writes().len(), 4, "two reports");
    let report = server.report("web.replicaset").expect("the Deployment keeps its bare name");
    assert_eq!(report["spec"]["root"]["kind"], "Deployment");
    drop(first);
    let _again = Running::start(&server, "2026-11-21T08:03:00Z");
    pass(60).await;
    assert_eq!(server.take_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_made_in_a_namespace_that_ends() {
    let server = Server::new();
    cluster::healthy(&server);
    server.put("/api/v1/namespaces", json!({ "metadata": { "name": "shop", "uid": "uid-shop" } }));
    let _controller = Running::start(&server, NOW);
    pass(10).await;
    assert_eq!(server.take_writes(), [SPEC, STATUS]);
    server.edit("/api/v1/namespaces", "/shop", |n| n["metadata"]["deletionTimestamp"] = json!(NOW));
    server.delete(REPORTS, "shop/web");
    cluster::named(&server, "late", "uid-late");
    pass(60).await;
    assert_eq!(server.take_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_an_orphaning_deletion_leaves_is_removed() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(10).await;
    server.take_writes();
    // The garbage collector takes the owner references off what is left behind, …
    server.edit(DEPLOYMENTS, "shop/web", |d| d["metadata"]["deletionTimestamp"] = json!(NOW));
    for (collection, key) in [(REPORTS, "shop/web"), (cluster::REPLICA_SETS, "shop/web-1")] {
        server.edit(collection, key, |o| o["metadata"]["ownerReferences"] = json!([]));
    }
    pass(1).await;
    assert_eq!(server.take_writes(), [""; 0]);
    // … and then the Deployment goes.
    server.delete(DEPLOYMENTS, "shop/web");
    pass(30).await;
    assert_eq!(server.report("web"), None);
    assert!(server.report("web-1.replicaset").is_some(), "it is a root of its own now");
}
