//! The `ServiceMonitor` and the `PrometheusRule` against the CRDs of the Prometheus operator
//! itself, which its Go module carries.

use super::ensure;
use super::release::Release;
use crate::stage::PATIENCE;
use crate::{Failure, Outcome};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULE: &str = "github.com/prometheus-operator/prometheus-operator";
/// Where `go.mod` names the module's version, and `go.sum` its hash.
const PINNED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/ship/monitoring");
const API: &str = "monitoring.coreos.com/v1";

/// The API server takes both with the operator's schemas, and would not take them otherwise.
pub(super) fn dry_run(release: &Release<'_>) -> Outcome {
    let crds = module()?.join("example/prometheus-operator-crd");
    for plural in ["servicemonitors", "prometheusrules"] {
        let file = crds.join(format!("monitoring.coreos.com_{plural}.yaml"));
        let file = file.to_string_lossy();
        // Too large for the annotation of a client-side apply.
        release.cluster.kubectl_run(&["apply", "--server-side", "-f", &file])?;
        release.cluster.wait_served(plural, PATIENCE)?;
    }
    // Both ways to scrape: by the controller's own certificate, and by one of a Secret.
    for setting in ["metrics.secure=true", "metrics.tlsSecret=kubeblame-tls"] {
        let monitors = monitors(release, setting)?;
        for kind in ["ServiceMonitor", "PrometheusRule"] {
            let is_there = monitors.contains(&format!("kind: {kind}\n"));
            ensure(is_there, || format!("the chart makes no {kind}:\n{monitors}"))?;
        }
        apply(release, &monitors)?;
    }
    let odd = monitors(release, "metrics.secure=true")?.replace("honorLabels:", "honourLabels:");
    let refusal = apply(release, &odd).err().map(|error| error.to_string()).unwrap_or_default();
    ensure(refusal.contains("honourLabels"), || format!("an unknown field passed: {refusal:?}"))
}

/// Of the chart's objects those of the operator's kinds.
fn monitors(release: &Release<'_>, setting: &str) -> Result<String, Failure> {
    let kinds =
        ["ServiceMonitor", "PrometheusRule"].map(|kind| format!("--api-versions={API}/{kind}"));
    let enabled =
        format!("--set=serviceMonitor.enabled=true,prometheusRule.enabled=true,{setting}");
    let all = release.template(&[&kinds[0], &kinds[1], &enabled])?;
    let is_monitor = |document: &&str| document.contains(&format!("apiVersion: {API}\n"));
    Ok(all.split("\n---\n").filter(is_monitor).collect::<Vec<_>>().join("\n---\n"))
}

fn apply(release: &Release<'_>, manifests: &str) -> Outcome {
    let strictly = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    Ok(release.cluster.kubectl_stdin(&strictly, manifests).map(drop)?)
}

/// Where Go keeps the module, once it was fetched and its hash was found right.
fn module() -> Result<PathBuf, Failure> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", MODULE])
        .current_dir(PINNED)
        .env_remove("GOFLAGS")
        .env("GOWORK", "off")
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure(output.status.success(), || format!("{MODULE}: {said}"))?;
    let told: Value = serde_json::from_str(&said)?;
    let directory = told["Dir"].as_str().ok_or("go names no directory")?;
    Ok(Path::new(directory).to_owned())
}
