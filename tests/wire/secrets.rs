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

/// Who wrote which field of a Secret, as its metadata has it.
fn secret(version: i64, wrote: &str, at: &str) -> serde_json::Value {
    let entry = |manager: &str, at: &str| {
        json!({
            "manager": manager, "operation": "Update", "apiVersion": "v1", "time": at,
            "fieldsType": "FieldsV1", "fieldsV1": { "f:data": { ".": {}, "f:PASSWORD": {} } },
        })
    };
    json!({ "metadata": {
        "name": "db", "namespace": "shop", "uid": "uid-db", "generation": version,
        "creationTimestamp": "2026-11-21T06:00:00Z", "managedFields": [entry(wrote, at)],
        "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "hunter2" },
    } })
}

#[tokio::test(start_paused = true)]
async fn an_edited_secret_is_blamed_by_its_metadata_alone_and_unseen_without_the_switch() {
    for is_watched in [true, false] {
        let server = Server::new();
        server.put(SECRETS, secret(1, "kubectl-create", "2026-11-21T06:00:00Z"));
        cluster::healthy(&server);
        let reads = |pod: &mut serde_json::Value| {
            pod["spec"]["containers"][0]["env"] = json!([{
                "name": "PASSWORD",
                "valueFrom": { "secretKeyRef": { "name": "db", "key": "PASSWORD" } },
            }]);
        };
        let template = |object: &mut serde_json::Value| reads(&mut object["spec"]["template"]);
        server.edit(cluster::DEPLOYMENTS, "shop/web", template);
        for (kind, name) in
            [(cluster::DEPLOYMENTS, "shop/web"), (cluster::REPLICA_SETS, "shop/web-1")]
        {
            server.edit(kind, name, |object| object["spec"]["replicas"] = json!(2));
        }
        server.edit(cluster::REPLICA_SETS, "shop/web-1", template);
        server.edit(cluster::PODS, "shop/web-1-a", reads);
        let start = Start { now: NOW, namespaces: &[], secrets: is_watched, lead: Lead::alone() };
        let _controller = Running::start_with(&server, start);
        pass(5).await;
        server.put(SECRETS, secret(2, "kubectl-edit", "2026-11-21T07:01:00Z"));
        pass(1).await;
        // A second pod reads the new value and crashes; the first one runs on with the old.
        let mut broken = cluster::pod("web", 1, &cluster::crashing(2, 6));
        broken["metadata"]["creationTimestamp"] = json!("2026-11-21T07:02:05Z");
        broken["metadata"]["uid"] = json!("uid-web-1-b");
        broken["metadata"]["name"] = json!("web-1-b");
        broken["status"]["containerStatuses"][0]["image"] = json!("shop/web:v1");
        broken["status"]["containerStatuses"][0]["imageID"] = json!("sha256:1");
        reads(&mut broken);
        server.put(cluster::PODS, broken);
        pass(20).await;
        let report = server.report("web").expect("a report");
        let cause = &report["status"]["findings"][0]["cause"];
        assert_eq!(report["status"]["verdict"], "Failing", "{report:#}");
        if is_watched {
            assert_eq!(cause["class"], "SecretChange", "{report:#}");
            assert_eq!(cause["object"]["name"], "db");
            assert_eq!(cause["by"]["manager"], "kubectl-edit");
        } else {
            assert_ne!(cause["class"], "SecretChange", "nobody saw it: {report:#}");
        }
        assert!(!report.to_string().contains("hunter2"), "{report:#}");
    }
}
