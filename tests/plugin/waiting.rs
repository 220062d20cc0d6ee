//! What `kubectl blame wait` waits for, and how it ends.

use super::running::Running;
use super::server::Server;
use super::shop::{DEPLOYMENTS, MADE, PODS, cluster, crashing, failure, parts, running, template};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Output, Stdio};

#[test]
fn a_wait_ends_at_once_when_it_is_hopeless() {
    let server = Server::new("hopeless");
    cluster(&server, &crashing());
    let log = format!("{PODS}/web-2-a/log");
    server.put(&log, json!("no database\u{1b}[31m"));
    let (code, answer, said) = parts(&server.blame(&["wait", "deploy/web"]));
    assert_eq!(code, Some(2), "{answer}{said}");
    assert_eq!(said, "error: failed: deployment/web\n");
    insta::with_settings!({ filters => vec![(r"(?m)^ +\d+s", "[time]")] }, {
        insta::assert_snapshot!("wait_log", answer);
    });
}

#[test]
fn a_wait_is_not_over_before_it_has_settled() {
    let server = Server::new("settled");
    // Ready three seconds before the server's clock, which stands still.
    cluster(&server, &running("2026-11-21T07:03:41Z"));
    let (code, answer, _) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "2s"]));
    assert_eq!(code, Some(3), "{answer}");
    assert!(answer.contains("Settling") && !answer.contains("Healthy"), "{answer}");
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, _) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "20s"]));
    assert_eq!(code, Some(0), "{answer}");
    let arguments = ["wait", "deploy/web", "--timeout", "1s", "--settle", "deploy/web=60s"];
    assert_eq!(server.blame(&arguments).status.code(), Some(3));
}

#[test]
fn a_wait_outlives_a_server_that_goes_away() {
    let server = Server::new("away");
    server.list(DEPLOYMENTS, &[]);
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "-o", "json"]);
    child.until_answered("Absent");
    server.instead(Some(500));
    child.until_said("trying again", 1);
    cluster(&server, &running("2026-11-21T07:03:00Z"));
    server.instead(None);
    let (code, answer, said) = child.ended();
    assert_eq!(code, Some(0), "{answer}{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    let states: Vec<Value> =
        answer.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(states[0]["state"], "Absent");
    let last = states.last().expect("lines");
    assert_eq!((&last["event"], &last["exitCode"]), (&json!("End"), &json!(0)));
}

/// What the plugin says when this comes in on stdin.
fn piped(server: &Server, arguments: &[&str], input: &str) -> Output {
    let mut child = server.plugin(arguments).stdin(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn manifests_on_stdin_are_waited_for() {
    let server = Server::new("manifests");
    cluster(&server, &running("2026-11-21T07:03:00Z"));
    let maps = "/api/v1/namespaces/shop/configmaps";
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "settings", "namespace": "shop", "uid": "m" } });
    server.list(maps, &[map]);
    let manifests = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n\
        apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n\
        apiVersion: batch/v1\nkind: Job\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n";
    let (code, answer, said) = parts(&piped(&server, &["wait", "-f", "-"], manifests));
    assert_eq!(code, Some(0), "{answer}{said}");
    assert!(answer.ends_with("all 2 are healthy\n"), "{answer}");
    assert!(said.contains("hooks of Helm are not waited for: job/test"), "{said}");
    let hook =
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n";
    let (code, _, said) = parts(&piped(&server, &["wait", "-f", "-"], hook));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.ends_with("the manifests hold nothing but hooks\n"), "{said}");
    let said = failure(&piped(&server, &["wait", "-f", "-"], "kind: [oops\n"));
    assert!(said.contains("not valid YAML"), "{said}");
    let dump = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: u, resourceVersion: \"1\"}\n";
    let said = failure(&piped(&server, &["wait", "-f", "-"], dump));
    assert!(said.contains("read what it says with kubectl blame -f"), "{said}");
    let said = failure(&piped(&server, &["-f", "-"], manifests));
    assert!(said.contains("kubectl blame wait -f"), "{said}");
}

#[test]
fn annotations_set_options_and_wrong_ones_are_said_once() {
    let server = Server::new("annotations");
    cluster(&server, &crashing());
    let annotate = |value: &str| {
        let mut web: Value =
            serde_json::from_slice(&server.blame(&["tree", "deploy/web", "-o", "json"]).stdout)
                .expect("JSON");
        assert_eq!(web["name"].take(), "web");
        let mut deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
                "creationTimestamp": MADE,
                "annotations": { "deployment.kubernetes.io/revision": "2" },
            },
            "spec": {
                "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
                "template": template(2),
            },
            "status": { "observedGeneration": 2, "replicas": 1, "updatedReplicas": 1 },
        });
        deployment["metadata"]["annotations"]["kubeblame.dev/fail-mode"] = json!(value);
        server.put(&format!("{DEPLOYMENTS}/web"), deployment);
    };
    annotate("ignore");
    let output = server.blame(&["wait", "deploy/web", "--timeout", "10s"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    annotate("perhaps");
    let (code, _, said) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "10s"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the annotation kubeblame.dev/fail-mode \"perhaps\""), "{said}");
}

#[test]
fn an_interrupt_ends_it_with_130() {
    let server = Server::new("interrupt");
    server.list(DEPLOYMENTS, &[]);
    for arguments in [&["wait", "deploy/web"][..], &["deploy/web", "--watch"]] {
        let child = Running::new(&server, arguments);
        server.until_watched(1);
        child.interrupted();
        server.close_watches();
    }
}
