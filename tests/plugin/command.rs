//! The binary as it is typed: arguments, exit codes, streams.

use std::process::{Command, Output};

pub(crate) fn blame(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubectl-blame"))
        .args(args)
        .env_remove("KUBECONFIG")
        .output()
        .expect("the plugin runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// The one sentence of a failure.
pub(crate) fn failure(args: &[&str]) -> String {
    let output = blame(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output.stdout));
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    said.trim_end().to_owned()
}

#[test]
fn help_and_version_are_answers() {
    for args in [["--help"], ["--version"], ["-h"]] {
        let output = blame(&args);
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}");
        assert!(text(&output.stdout).contains("kubectl"), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    for args in [&["--help"][..], &["-f", DUMP], &["completion", "bash"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-blame"));
        let output = command.args(args).stdout(full).output().expect("the plugin runs");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.starts_with("error: the answer cannot be written"), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    }
}

#[test]
fn a_wrong_flag_is_a_usage_error() {
    let output = blame(&["--nonsense"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

const DUMP: &str = "tests/plugin/dumps/two-namespaces.yaml";

#[test]
fn what_is_not_there_is_said_in_one_sentence() {
    for (args, says) in [
        (vec!["-f", "nowhere.yaml"], "there is no such file"),
        (vec!["-f", "tests/plugin/dumps/manifests.yaml"], "manifests"),
        (
            vec!["-f", "tests/plugin/dumps/broken.yaml"],
            "broken.yaml: document 2, line 8: not valid YAML",
        ),
        (vec!["-f", "tests/plugin/dumps/empty.yaml"], "holds no Kubernetes objects"),
        (vec!["-f", DUMP, "deploy/wbe"], "did you mean web?"),
        (
            vec!["-f", DUMP, "deploy", "web"],
            "exists in 2 namespaces (one, two): choose one with -n",
        ),
        (vec!["-f", DUMP, "-n", "three", "deploy/web"], "it exists in one, two"),
        (vec!["-f", DUMP, "sts/web"], "did you mean deployment/web?"),
        (vec!["-f", DUMP, "rollout/x"], "there is no rollout at all"),
        (vec!["-f", DUMP, "cm/settings"], "makes no pods"),
        (vec!["-f", DUMP, "deploy/web", "web"], "KIND/NAME"),
    ] {
        let said = failure(&args);
        assert!(said.starts_with("error: ") && said.contains(says), "{args:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn it_works_under_the_name_that_krew_gives_it() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubectl-kubeblame");
    _ = std::fs::remove_file(&path);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-blame"), &path).expect("a link");
    let output = Command::new(&path).args(["wait", "--help"]).output().expect("it runs");
    let help = text(&output.stdout);
    assert!(help.contains("Usage: kubectl kubeblame wait"), "{help}");
}
