//! Secrets: only where they are asked for, and then nothing but metadata.

use crate::cluster::{self, NOW};
use crate::server::{Asked, Server};
use crate::{Running, Start, pass};
use kubeblame::lead::Lead;
use serde_json::json;

const SECRETS: &str = "/api/v1/secrets";

fn start(server: &Server, secrets: bool) -> Running {
    let start = Start { now: NOW, namespaces: &["shop"], secrets, lead: Lead::alone() };
    Running::start_with(server, start)
}

#[tokio::test(start_paused = true)]
async fn secrets_are_read_only_where_it_is_switched_on_and_only_as_metadata() {
    for secrets in [false, true] {
        let server = Server::new();
        cluster::healthy(&server);
        server.put(
            SECRETS,
            json!({ "metadata": {
                "name": "db", "namespace": "shop", "uid": "uid-db", "creationTimestamp": NOW,
                "annotations": { "kubernetes.io/change-cause": "password is hunter2" },
            } }),
        );
        let controller = start(&server, secrets);
        pass(5).await;
        assert!(controller.ready.is_set());
        let asked = server.take_asked();
        let about: Vec<&Asked> = asked.iter().filter(|a| a.path.contains("/secrets")).collect();
        assert_eq!(about.is_empty(), !secrets, "{about:?}");
        for request in about {
            assert!(request.path.contains("/namespaces/shop/"), "{request:?}");
            let accept = &request.accept;
            assert!(accept.contains("as=PartialObjectMetadata"), "{accept}");
            let others = accept.split(',').filter(|a| !a.contains("PartialObjectMetadata"));
            assert_eq!(others.count(), 0, "{accept} would take a whole Secret");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_that_may_not_be_read_hold_nothing_up() {
    let server = Server::new();
    cluster::healthy(&server);
    server.refuse("/secrets", 403, "secrets is forbidden: User cannot list resource");
    let controller = start(&server, true);
    pass(10).await;
    assert!(controller.ready.is_set());
    assert_eq!(server.report("web").expect("a report")["status"]["verdict"], "Healthy");
}
