//! The krew manifest of a release, as krew reads it.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn manifest(version: &str, platforms: &[&str]) -> Output {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("krew-{}", platforms.len()));
    _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a folder");
    for platform in platforms {
        let file = dir.join(format!("kubectl-kubeblame-{platform}.tar.gz"));
        fs::write(file, platform).expect("a file");
    }
    Command::new("deploy/krew/manifest.sh")
        .args([version, "https://example.com/v1"])
        .arg(&dir)
        .output()
        .expect("a shell")
}

#[test]
fn every_platform_has_its_archive_and_checksum() {
    let output = manifest("v0.1.0", &["linux-amd64", "darwin-arm64", "windows-amd64"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let manifest: Value = serde_saphyr::from_str(&text).expect("YAML");
    assert_eq!(manifest["kind"], "Plugin");
    assert_eq!(manifest["metadata"]["name"], "kubeblame");
    let short = manifest["spec"]["shortDescription"].as_str().expect("a text");
    assert!(short.len() <= 50 && !short.ends_with('.'), "krew's index wants it short: {short}");
    let platforms = manifest["spec"]["platforms"].as_array().expect("a list");
    let shown: Vec<String> = platforms
        .iter()
        .map(|p| {
            let labels = &p["selector"]["matchLabels"];
            let sum = p["sha256"].as_str().expect("a checksum");
            assert!(sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit()), "{sum}");
            format!("{} {} {} {}", labels["os"], labels["arch"], p["uri"], p["bin"])
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    "darwin" "arm64" "https://example.com/v1/kubectl-kubeblame-darwin-arm64.tar.gz" "kubectl-kubeblame"
    "linux" "amd64" "https://example.com/v1/kubectl-kubeblame-linux-amd64.tar.gz" "kubectl-kubeblame"
    "windows" "amd64" "https://example.com/v1/kubectl-kubeblame-windows-amd64.tar.gz" "kubectl-kubeblame.exe"
    "#);
}

#[test]
fn nothing_to_release_and_no_version_are_errors() {
    assert!(!manifest("v0.1.0", &[]).status.success());
    assert!(!manifest("latest", &["linux-amd64"]).status.success());
}
