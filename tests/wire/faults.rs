//! An API server that says no, in every way it can.

use crate::cluster::{self, NOW};
use crate::server::{REPORTS, Server};
use crate::{Running, metrics, pass};

#[tokio::test(start_paused = true)]
async fn a_crd_that_is_not_there_yet_is_waited_for() {
    let server = Server::new();
    cluster::healthy(&server);
    server.refuse("blamereports", 404, "the server could not find the requested resource");
    let controller = Running::start(&server, NOW);
    pass(300).await;
    assert!(controller.ready.is_set());
    let asked = server.take_asked();
    assert_eq!(asked.iter().filter(|a| a.is_write()).count(), 0);
    let looks = asked.iter().filter(|a| a.path == REPORTS).count();
    assert!((3..=15).contains(&looks), "{looks} looks in five minutes");
    server.allow_all();
    pass(70).await;
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}

#[tokio::test(start_paused = true)]
async fn an_older_crd_that_prunes_fields_is_no_reason_to_write_again() {
    let server = Server::new().pruning(&["display", "revisions", "since", "owners"]);
    cluster::healthy(&server);
    let first = Running::start(&server, NOW);
    pass(600).await;
    assert_eq!(server.take_writes().len(), 2);
    drop(first);
    let _again = Running::start(&server, "2026-11-21T07:30:00Z");
    pass(600).await;
    assert!(server.take_writes().len() <= 1);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_tried_again_ever_more_rarely() {
    for (code, message) in [
        (403, "blamereports is forbidden: User cannot patch resource"),
        (403, "blamereports \"web\" is forbidden: exceeded quota: reports"),
        (403, "unable to create new content in namespace shop because it is being terminated"),
        (409, "conflict"),
        (413, "too large"),
        (422, "spec is invalid"),
        (429, "too many requests"),
        (500, "etcd is full"),
        (507, "no space"),
    ] {
        let server = Server::new();
        cluster::healthy(&server);
        server.refuse("PATCH /apis/kubeblame.dev", code, message);
        let controller = Running::start(&server, NOW);
        pass(600).await;
        let writes = server.take_writes().len();
        assert!((4..=30).contains(&writes), "{code}: {writes} writes in ten minutes");
        assert!(
            metrics::text(&controller).await.contains("kubeblame_writes_total{outcome="),
            "{code}"
        );
        server.allow_all();
        pass(600).await;
        assert!(server.report("web").is_some(), "{code}: written once it can be");
    }
}

#[tokio::test(start_paused = true)]
async fn many_roots_are_written_at_the_rate_and_failing_ones_first() {
    let server = Server::new();
    for n in 0..100 {
        cluster::named(&server, &format!("ok{n}"), &format!("uid-ok{n}"));
    }
    cluster::healthy(&server);
    cluster::break_it(&server);
    let _controller = Running::start(&server, NOW);
    pass(5).await;
    let writes = server.take_writes();
    assert!(writes.len() <= 50, "{}", writes.len());
    assert!(writes[0].ends_with("/blamereports/web"), "{:?}", &writes[..3]);
    pass(120).await;
    let reports = (0..100).filter(|n| server.report(&format!("ok{n}")).is_some()).count();
    assert_eq!(reports, 100);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_server_writes_nothing() {
    let server = Server::new();
    cluster::healthy(&server);
    let _controller = Running::start(&server, NOW);
    pass(60).await;
    server.take_writes();
    server.refuse(" /api", 503, "the server is starting");
    for collection in [cluster::PODS, cluster::DEPLOYMENTS, cluster::REPLICA_SETS, REPORTS] {
        server.hang_up(collection);
    }
    pass(120).await;
    server.allow_all();
    pass(300).await;
    assert_eq!(server.take_writes(), [""; 0]);
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}

/// It has not read the roles yet, and knows no CRD. Seen on a real one.
#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_as_it_starts_is_not_believed_at_once() {
    for code in [403, 404] {
        let server = Server::new();
        cluster::healthy(&server);
        let _controller = Running::start(&server, NOW);
        cluster::break_it(&server);
        pass(120).await;
        server.take_writes();
        let lose = |what: &str, collections: &[&str]| {
            server.refuse(what, code, "RBAC: clusterrole.rbac.authorization.k8s.io not found");
            for collection in collections {
                server.hang_up(collection);
            }
        };
        lose(" /api", &[cluster::PODS, cluster::DEPLOYMENTS, cluster::REPLICA_SETS, REPORTS]);
        pass(6).await;
        server.allow_all();
        pass(120).await;
        assert_eq!(server.take_writes(), [""; 0], "{code}");
        if code == 404 {
            continue;
        }
        // A right that is taken away for good is another matter.
        lose(" /api/v1/pods", &[cluster::PODS]);
        pass(60).await;
        let report = server.report("web").expect("a report");
        let conditions = report["status"]["conditions"].as_array().expect("conditions");
        let fresh = conditions.iter().find(|c| c["type"] == "Fresh").expect("Fresh");
        assert_eq!(fresh["status"], "False", "{code}: {fresh}");
    }
}
