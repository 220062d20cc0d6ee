//! The chart's release in a cluster, by helm and kubectl.

use super::ensure;
use crate::bed::Audit;
use crate::stage::PATIENCE;
use crate::{Failure, Outcome};
use local_cluster::{Cluster, poll};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(super) const NAMESPACE: &str = "kubeblame";
const IMAGE: &str = "localhost/kubeblame:trial";
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/kubeblame");
const OLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/ship/older-values.yaml");
const PLAIN: &str = include_str!("../../../deploy/kubeblame.yaml");
/// What stays in a namespace of which nothing else is left.
const EVERYWHERE: [&str; 2] = ["serviceaccount/default", "configmap/kube-root-ca.crt"];

/// The image; it is built once, and two trials that install it wait for the same archive.
pub(super) fn image() -> Result<PathBuf, Failure> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    Ok(built.clone()?)
}

/// Builds it, as `cargo image` does; the first time takes some minutes.
fn build() -> Result<PathBuf, Failure> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubeblame-image.tar");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo
        .args(["image", "--name", IMAGE, "--output"])
        .arg(&file)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure(output.status.success(), || format!("the image could not be built: {said}"))?;
    eprint!("ship-chart: {}", String::from_utf8_lossy(&output.stdout));
    Ok(file)
}

pub(super) struct Release<'c> {
    pub(super) cluster: &'c Cluster,
    helm: PathBuf,
    audit: Audit,
}

impl<'c> Release<'c> {
    /// A namespace that lets only restricted pods in.
    pub(super) fn new(cluster: &'c Cluster) -> Result<Self, Failure> {
        cluster.kubectl_run(&["create", "namespace", NAMESPACE])?;
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        cluster.kubectl_run(&["label", "namespace", NAMESPACE, restricted])?;
        Ok(Self { cluster, helm: local_cluster::helm()?, audit: Audit::of(cluster) })
    }

    /// Runs helm, whose caches stay in the cluster's directory.
    pub(super) fn helm(&self, arguments: &[&str]) -> Result<String, Failure> {
        let home = self.cluster.dir().join("helm");
        let output = Command::new(&self.helm)
            .args(arguments)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("HELM_CACHE_HOME", &home)
            .env("HELM_CONFIG_HOME", &home)
            .env("HELM_DATA_HOME", &home)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure(output.status.success(), || {
            format!("helm {}: {said}\n{}", arguments.join(" "), self.logs())
        })?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The API server takes every manifest: the chart's, and the plain ones.
    pub(super) fn dry_run(&self) -> Outcome {
        for manifests in [self.template(&[])?, PLAIN.to_owned()] {
            let apply = ["apply", "--dry-run=server", "-f", "-"];
            self.cluster.kubectl_stdin(&apply, &manifests)?;
        }
        Ok(())
    }

    /// What the chart would install.
    pub(super) fn template(&self, more: &[&str]) -> Result<String, Failure> {
        let template = ["template", "kubeblame", CHART, "--namespace", NAMESPACE];
        self.helm(&[&template, more].concat())
    }

    pub(super) fn install(&self) -> Outcome {
        self.run(&["install", "kubeblame", CHART, "--values", OLDER])
    }

    /// Installs it with one more setting.
    pub(super) fn install_with(&self, setting: &str) -> Outcome {
        self.run(&["install", "kubeblame", CHART, "--values", OLDER, "--set", setting])
    }

    pub(super) fn upgrade(&self) -> Outcome {
        self.run(&[
            "upgrade",
            "kubeblame",
            CHART,
            "--reset-then-reuse-values",
            "--set",
            "log.level=debug",
        ])
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let end = ["--namespace", NAMESPACE, "--wait", "--timeout", "180s"];
        self.helm(&[arguments, &end].concat())?;
        Ok(())
    }

    /// `helm test`: the plugin runs from the same image, under the same rights.
    pub(super) fn test(&self) -> Outcome {
        self.helm(&["test", "kubeblame", "--namespace", NAMESPACE, "--timeout", "60s"]).map(drop)
    }

    /// What the service account may not do, in the API server's own words.
    pub(super) fn has_least_rights(&self) -> Outcome {
        let account = format!("--as=system:serviceaccount:{NAMESPACE}:kubeblame");
        for (verb, resource, expected) in [
            ("list", "pods", "yes"),
            ("create", "leases.coordination.k8s.io", "no"),
            ("create", "tokenreviews.authentication.k8s.io", "yes"),
            ("list", "secrets", "no"),
            ("update", "deployments.apps", "no"),
            ("create", "pods", "no"),
            ("update", "blamereports.kubeblame.dev", "no"),
            ("patch", "customresourcedefinitions.apiextensions.k8s.io", "no"),
        ] {
            let arguments = ["auth", "can-i", verb, resource, "--all-namespaces", &account];
            let output = self.cluster.kubectl().args(arguments).output()?;
            let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            ensure(answer.starts_with(expected), || format!("{verb} {resource}: {answer}"))?;
        }
        Ok(())
    }

    /// Who holds the Lease: the pod's name and a suffix.
    pub(super) fn holder(&self) -> Result<String, Failure> {
        let path = "jsonpath={.spec.holderIdentity}";
        let get = ["get", "lease", "kubeblame", "-n", NAMESPACE, "-o", path];
        Ok(self.cluster.kubectl_run(&get)?)
    }

    /// Whether an identity is that of a pod that runs now.
    pub(super) fn is_running(&self, holder: &str) -> Result<bool, Failure> {
        let pods = self.cluster.kubectl_run(&["get", "pods", "-n", NAMESPACE, "-o", "name"])?;
        Ok(pods.lines().any(|pod| pod.ends_with(pod_of(holder))))
    }

    pub(super) fn status_writes(&self, namespace: &str, name: &str) -> Result<usize, Failure> {
        Ok(self.audit.status_writes(namespace, name)?)
    }

    /// Waits until a report was not written for a while; returns its writes until then.
    pub(super) fn quiet(&self, pause: Duration) -> Result<usize, Failure> {
        let (begun, mut writes) = (Instant::now(), self.status_writes(super::SHOP, "web")?);
        while begun.elapsed() < PATIENCE {
            std::thread::sleep(pause);
            let now = self.status_writes(super::SHOP, "web")?;
            if now == writes {
                return Ok(writes);
            }
            writes = now;
        }
        Err(format!("web is written for ever: {writes} times").into())
    }

    pub(super) fn logs(&self) -> String {
        let arguments = [
            "logs",
            "-n",
            NAMESPACE,
            "-l",
            "app.kubernetes.io/name=kubeblame",
            "--tail=20",
            "--prefix",
        ];
        let pods = self.cluster.kubectl_run(&["get", "pods,events", "-n", NAMESPACE]);
        let logs = self.cluster.kubectl_run(&arguments);
        [pods, logs].map(|said| said.unwrap_or_else(|error| error.to_string())).concat()
    }

    /// Uninstalls as docs/install.md says, and looks for what is left.
    pub(super) fn uninstall(&self) -> Outcome {
        self.run(&["uninstall", "kubeblame"])?;
        self.cluster.kubectl_run(&["delete", "crd", "blamereports.kubeblame.dev"])?;
        let kinds = self.cluster.kubectl_run(&["api-resources", "--verbs=list", "-o", "name"])?;
        // Events tell of what was, and pass; metrics are another server's.
        let kinds: Vec<&str> = kinds.lines().filter(|k| !k.starts_with("events")).collect();
        let kinds = kinds.join(",");
        let left = || -> Result<Vec<String>, Failure> {
            let labelled = "app.kubernetes.io/instance=kubeblame";
            let all = ["get", &kinds, "-A", "-l", labelled, "--ignore-not-found", "-o", "name"];
            let inside = ["get", &kinds, "-n", NAMESPACE, "--ignore-not-found", "-o", "name"];
            let said = [self.cluster.kubectl_run(&all)?, self.cluster.kubectl_run(&inside)?];
            let lines = said.iter().flat_map(|said| said.lines());
            let is_ours = |line: &&str| {
                // Of what has no namespace, what bears our name.
                let is_default = EVERYWHERE.contains(line);
                let is_cluster = inside_only(line) || line.contains("kubeblame");
                !is_default && is_cluster && *line != "namespace/kubeblame"
            };
            Ok(lines.filter(is_ours).map(str::to_owned).collect())
        };
        let gone = poll("the release's end", PATIENCE, || {
            left().is_ok_and(|left| left.is_empty()).then_some(())
        });
        gone.map_err(|error| format!("{error}; left: {:?}", left().unwrap_or_default()).into())
    }
}

/// Kills the process of a pod, as `kill -9` does: its Lease stays held.
pub(super) fn kill(holder: &str) -> Outcome {
    let process = process_of(holder)?;
    let status = Command::new("kill").args(["-9", &process]).status()?;
    ensure(status.success(), || format!("kill -9 {process}"))
}

/// How much memory a pod's process holds, in MiB.
pub(super) fn memory(holder: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process_of(holder)?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? >> 10)
}

/// The number of a pod's process on this machine.
fn process_of(holder: &str) -> Result<String, Failure> {
    let host = format!("HOSTNAME={}", pod_of(holder));
    for entry in std::fs::read_dir("/proc")?.filter_map(Result::ok) {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let is_it = environment.split(|byte| *byte == 0).any(|pair| pair == host.as_bytes());
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if is_it && command.starts_with(b"/kubeblame\0") {
            return Ok(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Err(format!("no process of {holder}").into())
}

/// Whether an object is of a kind that lives in namespaces and is there by our doing.
fn inside_only(line: &str) -> bool {
    ["pod/", "secret/", "configmap/", "serviceaccount/", "lease", "role.", "rolebinding."]
        .iter()
        .any(|kind| line.starts_with(kind))
}

/// The pod's name in an identity.
pub(super) fn pod_of(holder: &str) -> &str {
    holder.split('_').next().unwrap_or(holder)
}
