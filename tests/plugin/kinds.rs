//! Kinds that are not built in: short names, ambiguity, and what it costs.

use super::server::Server;
use serde_json::{Value, json};

fn served(group: &str, plural: &str, kind: &str, short: &[&str]) -> Value {
    json!({ "metadata": { "name": group }, "versions": [{ "version": "v1", "resources": [{
        "resource": plural, "responseKind": { "kind": kind }, "scope": "Namespaced",
        "singularResource": kind.to_lowercase(), "shortNames": short, "verbs": ["get", "list"],
    }] }] })
}

fn server(name: &str) -> Server {
    let server = Server::new(name);
    server.put("/api", json!({ "items": [] }));
    let groups = [
        served("argoproj.io", "rollouts", "Rollout", &["ro"]),
        served("one.example.com", "clusters", "Cluster", &["cl"]),
        served("two.example.com", "clusters", "Cluster", &[]),
    ];
    server.put("/apis", json!({ "items": groups }));
    let object = |version: &str, kind: &str| {
        json!({ "apiVersion": version, "kind": kind, "metadata": {
            "name": "web", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-21T07:00:00Z" },
            "status": { "conditions": [{ "type": "Ready", "status": "True", "reason": "Up" }] } })
    };
    server.list(
        "/apis/argoproj.io/v1/namespaces/shop/rollouts",
        &[object("argoproj.io/v1", "Rollout")],
    );
    server.list(
        "/apis/two.example.com/v1/namespaces/shop/clusters",
        &[object("two.example.com/v1", "Cluster")],
    );
    server
}

#[test]
fn custom_kinds_have_their_short_names() {
    let server = server("short-names");
    for word in ["ro/web", "rollouts/web", "Rollout/web", "rollouts.argoproj.io/web"] {
        let output = server.blame(&["tree", word]);
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(answer.starts_with("Rollout web: created 3m44s ago - Up"), "{word}: {output:?}");
    }
}

#[test]
fn an_ambiguous_kind_is_not_guessed() {
    let server = server("ambiguous");
    let output = server.blame(&["tree", "cluster/web"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: cluster is ambiguous: write clusters.one.example.com or clusters.two.example.com\n"
    );
    let output = server.blame(&["tree", "clusters.two.example.com/web", "-o", "name"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "cluster/web\n");
}

#[test]
fn a_kind_that_is_built_in_costs_no_discovery() {
    let server = server("no-discovery");
    server.list("/api/v1/namespaces/shop/configmaps", &[]);
    server.blame(&["fields", "cm/settings"]);
    let asked = server.take_asked();
    assert!(
        !asked.is_empty() && !asked.iter().any(|a| a.contains("GET /api ") || a.ends_with("/apis")),
        "{asked:?}"
    );
}

#[test]
fn a_name_that_is_not_there_is_waited_for_with_a_hint() {
    let server = server("hint");
    let web = json!({ "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "namespace": "shop", "uid": "w" } });
    server.list("/apis/apps/v1/namespaces/shop/deployments", &[web]);
    let output = server.blame(&["wait", "deploy/wbe", "--timeout", "2s"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "deployment/wbe not found in namespace shop; did you mean web? (waiting for it)\n\
         error: timed out: not healthy: deployment/wbe\n"
    );
}
