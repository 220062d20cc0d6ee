//! Lists and watches, and what becomes of them.

use crate::cluster::{self, DEPLOYMENTS, NOW, PODS};
use crate::server::Server;
use crate::{Running, metrics, pass};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_list_is_streamed_where_the_server_can() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start(&server, NOW);
    pass(5).await;
    assert!(controller.ready.is_set());
    let asked = server.take_asked();
    assert!(asked.iter().all(|a| a.is_write() || a.query.contains("sendInitialEvents=true")));
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}

#[tokio::test(start_paused = true)]
async fn without_the_feature_lists_are_read_in_pages() {
    let server = Server::new().without_streamed_lists();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    let asked = server.take_asked();
    let is_page =
        |a: &&crate::server::Asked| a.path == "/api/v1/pods" && a.query.contains("limit=200");
    assert_eq!(asked.iter().filter(is_page).count(), 1, "{asked:#?}");
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
    // Synced by a list, followed by a watch: there is no second list.
    cluster::break_it(&server);
    pass(600).await;
    assert!(!server.take_asked().iter().any(|a| a.query.contains("limit=")));
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Failing");
}

#[tokio::test(start_paused = true)]
async fn what_a_new_list_does_not_name_is_gone() {
    let server = Server::new();
    cluster::healthy(&server);
    cluster::named(&server, "gone", "uid-gone");
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    assert!(server.report("gone").is_some());
    // Its controller and the garbage collector did their work while nobody watched.
    server.delete(PODS, "shop/gone-1-a");
    server.delete(cluster::REPLICA_SETS, "shop/gone-1");
    server.lose(DEPLOYMENTS, "shop/gone");
    pass(30).await;
    assert!(server.report("gone").is_none(), "nobody collects garbage here but we");
    assert!(server.report("web").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_kind_lowers_confidence_and_is_asked_for_gently() {
    let server = Server::new();
    cluster::healthy(&server);
    server.refuse("/api/v1/configmaps", 403, "configmaps is forbidden: User cannot list");
    let _controller = Running::start(&server, NOW);
    pass(600).await;
    let report = server.report("web").expect("a report");
    assert_eq!(report["status"]["verdict"], "Healthy", "{report:#}");
    let asked = server.take_asked();
    let count = asked.iter().filter(|a| a.path == "/api/v1/configmaps").count();
    assert!((5..=20).contains(&count), "{count} requests in ten minutes");
    // The right is granted, and found.
    server.allow_all();
    pass(90).await;
    assert!(server.take_asked().iter().filter(|a| a.path == "/api/v1/configmaps").count() <= 3);
}

#[tokio::test(start_paused = true)]
async fn without_pods_nothing_is_called_healthy() {
    let server = Server::new();
    cluster::healthy(&server);
    server.refuse("/api/v1/pods", 403, "pods is forbidden: User cannot list");
    let _controller = Running::start(&server, NOW);
    pass(60).await;
    let report = server.report("web").expect("a report");
    assert_eq!(report["status"]["verdict"], "Unknown", "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_each_watch_at_once_is_not_hammered() {
    let server = Server::new().ending_each_watch();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(60).await;
    let asked = server.take_asked();
    let pods = asked.iter().filter(|a| a.path == "/api/v1/pods").count();
    assert!(pods <= 200, "{pods} requests for one kind in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_goes_on_where_it_was() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.take_asked();
    server.hang_up(PODS);
    pass(2).await;
    let asked = server.take_asked();
    assert_eq!(asked.len(), 1, "{asked:#?}");
    assert!(!asked[0].query.contains("sendInitialEvents"), "{asked:#?}");
    cluster::break_it(&server);
    pass(5).await;
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Failing");
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_noticed() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.fall_silent();
    pass(60).await;
    server.take_asked();
    server.speak_again();
    cluster::break_it(&server);
    pass(100).await;
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Failing");
}

#[tokio::test(start_paused = true)]
async fn odd_objects_stop_no_watch() {
    let server = Server::new();
    cluster::healthy(&server);
    server.put(
        PODS,
        json!({ "metadata": { "name": "odd", "namespace": "shop" }, "spec": 7, "status": [] }),
    );
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.put(
        PODS,
        json!({
            "metadata": {
                "name": "odder", "namespace": "shop", "uid": {}, "ownerReferences": "none",
                "labels": [], "managedFields": 3,
            },
        }),
    );
    cluster::break_it(&server);
    pass(5).await;
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Failing");
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_followed_one_by_one_where_asked() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start_in(&server, NOW, &["shop", "other"]);
    pass(10).await;
    assert!(controller.ready.is_set());
    let asked = server.take_asked();
    let paths: Vec<&str> =
        asked.iter().map(|a| &*a.path).filter(|p| p.ends_with("/pods")).collect();
    assert_eq!(paths, ["/api/v1/namespaces/shop/pods", "/api/v1/namespaces/other/pods"]);
}

#[tokio::test(start_paused = true)]
async fn what_lies_in_no_namespace_is_not_missed_where_namespaces_are_followed() {
    for (namespaces, withheld) in [(&["shop"][..], None), (&[][..], Some("Node"))] {
        let server = Server::new();
        cluster::healthy(&server);
        server.refuse("/nodes", 403, "nodes is forbidden: User cannot list");
        server.refuse("/configmaps", 403, "configmaps is forbidden: User cannot list");
        let controller = Running::start_in(&server, NOW, namespaces);
        pass(60).await;
        let text = metrics::text(&controller).await;
        let unread: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("kubeblame_watch_synced{kind=\"")?.strip_suffix("\"} 0")
            })
            .collect();
        let expected: Vec<&str> = ["ConfigMap"].into_iter().chain(withheld).collect();
        assert_eq!(unread, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_garbled_event_the_list_is_read_again() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    server.take_asked();
    server.garble(PODS);
    pass(20).await;
    let asked = server.take_asked();
    let lists = asked.iter().filter(|a| a.query.contains("sendInitialEvents=true"));
    assert_eq!(lists.map(|a| &*a.path).collect::<Vec<_>>(), [PODS]);
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}
