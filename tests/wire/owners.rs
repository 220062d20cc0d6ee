//! Owners of kinds that are found by discovery, and of such that are not.

use crate::cluster::{self, NOW, PODS};
use crate::server::Server;
use crate::{Running, pass};
use serde_json::{Value, json};

const DISCOVERY: &str = "/apis/example.com/v1";
const WIDGETS: &str = "/apis/example.com/v1/widgets";

/// A pod of a Widget, a kind that is not built in.
fn pod_of_widget(name: &str) -> Value {
    let mut pod = cluster::pod(name, 1, &cluster::running());
    pod["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "example.com/v1", "kind": "Widget", "name": "gear", "uid": "uid-gear",
        "controller": true,
    }]);
    pod
}

fn asked_at(server: &Server, path: &str) -> usize {
    server.take_asked().iter().filter(|asked| asked.path == path).count()
}

#[tokio::test(start_paused = true)]
async fn an_owner_kind_that_is_defined_later_is_followed_when_it_is_named_again() {
    let server = Server::new();
    server.refuse(DISCOVERY, 404, "the server could not find the requested resource");
    server.put(PODS, pod_of_widget("one"));
    let _controller = Running::start(&server, NOW);
    pass(60).await;
    assert_eq!(asked_at(&server, DISCOVERY), 1, "asked once, and not found");

    server.allow_all();
    server.define("example.com/v1", "Widget", "widgets");
    let made = "2026-11-21T07:00:00Z";
    let meta =
        json!({"name": "gear", "namespace": "shop", "uid": "uid-gear", "creationTimestamp": made});
    server.put(WIDGETS, json!({ "metadata": meta }));
    pass(60).await;
    assert_eq!(asked_at(&server, DISCOVERY), 0, "nothing says that it is there now");
    server.put(PODS, pod_of_widget("two"));
    pass(10).await;
    assert!(asked_at(&server, WIDGETS) > 0, "a new object names it: it is found and followed");
    let report = server.report("gear.widget").expect("a report of the root that was found");
    assert_eq!(report["status"]["verdict"], "Healthy", "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn an_owner_kind_that_stays_away_is_asked_for_ever_more_rarely() {
    let server = Server::new();
    server.refuse(DISCOVERY, 404, "the server could not find the requested resource");
    server.put(PODS, pod_of_widget("one"));
    let _controller = Running::start(&server, NOW);
    pass(2 * 3_600).await;
    let quiet = asked_at(&server, DISCOVERY);
    assert!((3..=6).contains(&quiet), "{quiet} requests in two hours in which nothing happened");
    // Objects that name it all the time do not make it a poll.
    for second in 0..1_800 {
        server.edit(PODS, "shop/one-1-a", |pod| {
            pod["metadata"]["labels"]["n"] = json!(second.to_string());
        });
        pass(1).await;
    }
    let busy = asked_at(&server, DISCOVERY);
    assert!((1..=7).contains(&busy), "{busy} requests in half an hour of changes");
    // … and where it appears at last it is found without being named, too.
    server.allow_all();
    server.define("example.com/v1", "Widget", "widgets");
    pass(7 * 3_600).await;
    assert!(asked_at(&server, WIDGETS) > 0);
}
