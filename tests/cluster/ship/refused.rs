//! What keeps the process from serving: one sentence, and an end that is not zero.

use super::ensure;
use crate::Outcome;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

pub(super) fn run() -> Outcome {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "none"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    });
    let kubeconfig = directory.join(format!("refused-{}.kubeconfig", std::process::id()));
    std::fs::write(&kubeconfig, config.to_string())?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.to_string();
    let nothing = "/nowhere/tls.crt";
    for (flags, words) in [
        (&["--metrics-bind-address", &*taken][..], [&*taken, "--metrics-bind-address"]),
        (&["--health-bind-address", &*taken][..], [&*taken, "--health-bind-address"]),
        (
            &["--metrics-cert-file", nothing, "--metrics-key-file", nothing][..],
            ["could not use the certificate", nothing],
        ),
        (&["--leader-elect"][..], ["leader election", "--lease-namespace"]),
    ] {
        let anywhere = ["--health-bind-address=127.0.0.1:0", "--metrics-bind-address=127.0.0.1:0"];
        let defaults = anywhere
            .iter()
            .filter(|default| !flags.iter().any(|flag| default.starts_with(&format!("{flag}="))));
        let output = Command::new(env!("CARGO_BIN_EXE_kubeblame"))
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .args(flags)
            .args(defaults)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let sentences: Vec<&str> = said.lines().filter(|line| line.contains("ERROR")).collect();
        let is_said = matches!(sentences[..], [one] if words.iter().all(|w| one.contains(w)));
        ensure(output.status.code() == Some(1) && is_said, || {
            format!("{flags:?} ended with {}: {said}", output.status)
        })?;
    }
    std::fs::remove_file(&kubeconfig)?;
    Ok(())
}
