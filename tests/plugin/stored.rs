//! Commands that show whole objects, from a dump instead of a cluster.

use serde_json::json;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const DUMP: &str = "tests/plugin/dumps/rollout.yaml";

fn blame(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-blame"));
    command.args(args).env("KUBECONFIG", "/nowhere").output().expect("the plugin runs")
}

fn answer(args: &[&str]) -> String {
    let output = blame(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn refusal(args: &[&str]) -> String {
    let output = blame(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// All that is said of what comes by stdin.
fn from_stdin(args: &[&str], text: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-blame"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

#[test]
fn a_tree_of_a_dump_has_descendants_of_every_kind() {
    insta::assert_snapshot!(answer(&["tree", "-f", DUMP, "deploy/web"]), @"
    Deployment web: created 3m ago - 0/2 ready
    `- ReplicaSet web-1: created 3m ago - 0/2 ready
       `- Pod web-1-a: created 2m59s ago - CrashLoopBackOff
          `- Lock web-lock
    ");
    assert_eq!(answer(&["tree", "-f", DUMP, "rs/web-1", "-o", "name"]).lines().count(), 3);
}

#[test]
fn fields_of_a_dump_have_their_managers_and_origins() {
    let said = answer(&["fields", "-f", DUMP, "deploy/web", "--path", "spec.replicas"]);
    assert_eq!(said, "kubectl-edit 60s    replicas: 2\n");
    let said = answer(&["fields", "-f", DUMP, "pod/web-1-a"]);
    let line = |words: &str| said.lines().find(|line| line.contains(words)).expect(words);
    assert!(line("image: \"shop/web:v1\"").starts_with("  template"), "{said}");
    assert!(line("image: \"shop/proxy:v3\"").starts_with("  injected"), "{said}");
    assert!(said.contains("container [main] from Deployment web"), "{said}");
    // Not even of a file.
    let said = answer(&["fields", "-f", DUMP, "secret/token"]);
    assert!(said.contains("password") && !said.contains("c2VjcmV0"), "{said}");
}

#[test]
fn a_diff_of_files_shows_every_value_where_it_is_asked_to() {
    let template = |word: &str| {
        json!({ "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{
            "name": "main", "image": "shop/web:v1", "args": ["serve", word],
            "env": [{ "name": "WORD", "value": word }],
        }] } })
    };
    let object = |kind: &str, uid: &str, word: &str, revision: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": kind,
            "metadata": {
                "name": uid, "namespace": "n", "uid": uid, "generation": 1,
                "creationTimestamp": "2026-11-21T07:01:00Z", "labels": { "app": "web" },
                "annotations": { "deployment.kubernetes.io/revision": revision },
            },
            "spec": {
                "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
                "template": template(word),
            },
            "status": { "observedGeneration": 1 },
        })
    };
    let set = |uid: &str, word: &str, revision: &str| {
        let mut set = object("ReplicaSet", uid, word, revision);
        set["metadata"]["ownerReferences"] = json!([
            { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "web", "controller": true },
        ]);
        set
    };
    let dump = json!({ "apiVersion": "v1", "kind": "List", "items": [
        object("Deployment", "web", "after", "2"), set("web-1", "before", "1"), set("web-2", "after", "2"),
    ] });
    let diff = |more: &[&str]| {
        from_stdin(&[&["diff", "-f", "-", "deploy/web"], more].concat(), &dump.to_string())
    };
    let plain = diff(&[]);
    assert!(plain.contains("env[WORD].value: changed"), "{plain}");
    assert!(!plain.contains("before"), "{plain}");
    let shown = diff(&["--show-values"]);
    assert!(shown.contains("env[WORD].value: before -> after"), "{shown}");
    assert!(shown.contains(r#"args: ["serve","before"] -> ["serve","after"]"#), "{shown}");
    // Of a cluster values stay where they are.
    let refused = refusal(&["diff", "deploy/web", "--show-values"]);
    assert!(refused.contains("--filename"), "{refused}");
}

#[test]
fn stdin_is_called_by_its_name_and_typed_as_it_is() {
    let manifest = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#;
    let said = from_stdin(&["-f", "-"], manifest);
    assert!(said.contains("stdin holds manifests"), "{said}");
    assert!(said.contains("kubectl blame wait -f -"), "{said}");
}

#[test]
fn a_recording_shows_the_newest_version_and_nothing_that_was_deleted() {
    let map = |value: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","namespace":"n","uid":"u","resourceVersion":"{value}"}},"data":{{"k":"v{value}"}}}}"#
        )
    };
    let fields = |events: &[(&str, &str)]| {
        let text: Vec<String> = events
            .iter()
            .map(|(kind, value)| format!(r#"{{"type":"{kind}","object":{}}}"#, map(value)))
            .collect();
        let text = text.concat();
        from_stdin(&["fields", "-f", "-", "cm/c", "--path", "data"], &text)
    };
    let said = fields(&[("ADDED", "1"), ("MODIFIED", "2")]);
    assert!(said.contains("v2") && !said.contains("v1"), "{said}");
    let said = fields(&[("ADDED", "1"), ("DELETED", "2")]);
    assert!(said.contains("error: ConfigMap c was deleted"), "{said}");
}

#[test]
fn what_is_not_in_a_dump_is_said() {
    for (args, says) in [
        (["tree", "-f", DUMP, "deploy/wbe"], "did you mean web?"),
        (["fields", "-f", DUMP, "pod/web-1-b"], "did you mean web-1-a?"),
        (["tree", "-f", "tests/plugin/dumps/manifests.yaml", "deploy/web"], "manifests"),
        (["fields", "-f", "tests/plugin/dumps/broken.yaml", "deploy/web"], "not valid YAML"),
        (["logs", "-f", DUMP, "deploy/web"], "files hold no logs: -f follows here"),
    ] {
        let said = refusal(&args);
        assert!(said.lines().count() == 1 && said.contains(says), "{args:?}: {said}");
    }
}
