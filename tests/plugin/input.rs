//! What stands behind `-f`, and what is typed at the wrong place.

use super::command::{blame, failure};
use std::fs;
use std::path::PathBuf;

/// A folder of one test, empty.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may be left from an earlier run.
    _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web",
"namespace":"shop","uid":"d","resourceVersion":"1","generation":1,"creationTimestamp":"2026-11-21T07:00:00Z"},
"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"spec":{"containers":[]}}},
"status":{"observedGeneration":1,"replicas":2,"readyReplicas":2,"updatedReplicas":2,"availableReplicas":2}}"#;

#[test]
fn what_cannot_be_read_says_what_it_is() {
    let folder = folder("unreadable");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    };
    let compressed = file("dump.yaml.gz", &[0x1f, 0x8b, 8, 0, 0]);
    let said = failure(&["-f", &compressed]);
    assert!(said.contains("gunzip -c") && said.contains("kubectl blame -f -"), "{said}");
    let cut = file("cut.yaml", b"apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n");
    let said = failure(&["-f", &cut]);
    assert!(said.contains("a List without its end"), "{said}");
}

#[test]
fn a_folder_of_a_dump_is_read_with_those_below_it() {
    let folder = folder("cluster-info");
    fs::create_dir_all(folder.join("shop")).expect("a folder");
    fs::write(folder.join("shop/deployments.json"), DEPLOYMENT).expect("a file");
    let path = folder.display().to_string();
    let output = blame(&["-f", &path, "-o", "name"]);
    assert_eq!(output.stdout, b"blamereport.kubeblame.dev/web\n", "{output:?}");
    // But kubectl applies a folder without those below it.
    let said = failure(&["wait", "-f", &path]);
    assert!(said.contains("holds no file that ends in") || said.contains("no cluster"), "{said}");
}

#[test]
fn a_deployment_without_its_pods_is_not_judged() {
    let folder = folder("alone");
    let file = folder.join("web.json");
    fs::write(&file, DEPLOYMENT).expect("a file");
    let output = blame(&["-f", &file.display().to_string(), "deploy/web"]);
    let (answer, said) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("holds no Pods and no ReplicaSets: dump all with"), "{said}");
    assert!(answer.contains("unknown") && !answer.contains("progressing"), "{answer}");
}

#[test]
fn what_stands_before_a_command_has_no_effect_there() {
    let dump = "tests/plugin/dumps/rollout.yaml";
    let said = failure(&["-f", dump, "tree", "deploy/web"]);
    assert!(said.contains("-f before tree: write it behind"), "{said}");
    let said = failure(&["deploy/web", "wait"]);
    assert!(said.contains("write wait first: kubectl blame wait"), "{said}");
    let said = failure(&["histroy", "deploy/web"]);
    assert!(said.contains("did you mean kubectl blame history?"), "{said}");
}
