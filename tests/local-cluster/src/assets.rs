//! The programs a cluster is made of: which they are, and where they are found.
//!
//! A program comes from `KUBEBLAME_ASSETS`, else (three of them) from
//! `KUBEBUILDER_ASSETS`, else from the cache directory, where it is built when missing.

mod build;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use crate::{Error, Mode};

/// One program: its file name, the Go module folder it belongs to, and how it is built.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    module: Module,
    package: &'static str,
    tags: &'static str,
    cgo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Module {
    ControlPlane,
    Node,
    Own,
    Helm,
}

const fn tool(name: &'static str, module: Module, package: &'static str) -> Tool {
    Tool { name, module, package, tags: "", cgo: false }
}

/// containerd's snapshotters that need C headers or file systems we do not use.
const CONTAINERD_TAGS: &str = "no_btrfs no_aufs no_zfs no_devmapper";

const CONTROL_PLANE: &[Tool] = &[
    tool("guardian", Module::Own, "./guardian"),
    tool("certify", Module::Own, "./certify"),
    tool("etcd", Module::ControlPlane, "go.etcd.io/etcd/server/v3"),
    tool("kube-apiserver", Module::ControlPlane, "k8s.io/kubernetes/cmd/kube-apiserver"),
    tool(
        "kube-controller-manager",
        Module::ControlPlane,
        "k8s.io/kubernetes/cmd/kube-controller-manager",
    ),
    tool("kube-scheduler", Module::ControlPlane, "k8s.io/kubernetes/cmd/kube-scheduler"),
    tool("kubectl", Module::ControlPlane, "k8s.io/kubernetes/cmd/kubectl"),
];

const NODE: &[Tool] = &[
    tool("kubelet", Module::ControlPlane, "k8s.io/kubernetes/cmd/kubelet"),
    Tool {
        tags: CONTAINERD_TAGS,
        ..tool("containerd", Module::Node, "github.com/containerd/containerd/v2/cmd/containerd")
    },
    Tool {
        tags: CONTAINERD_TAGS,
        ..tool(
            "containerd-shim-runc-v2",
            Module::Node,
            "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        )
    },
    Tool {
        tags: CONTAINERD_TAGS,
        ..tool("ctr", Module::Node, "github.com/containerd/containerd/v2/cmd/ctr")
    },
    // runc enters namespaces in C, before the Go runtime starts its threads.
    Tool { cgo: true, ..tool("runc", Module::Node, "github.com/opencontainers/runc") },
    tool("bridge", Module::Node, "github.com/containernetworking/plugins/plugins/main/bridge"),
    tool("loopback", Module::Node, "github.com/containernetworking/plugins/plugins/main/loopback"),
    tool(
        "host-local",
        Module::Node,
        "github.com/containernetworking/plugins/plugins/ipam/host-local",
    ),
    tool("runc-no-seccomp", Module::Own, "./runc-no-seccomp"),
    tool("workload", Module::Own, "./workload"),
];

const HELM: Tool = tool("helm", Module::Helm, "helm.sh/helm/v4/cmd/helm");

const KWOK: &[Tool] = &[tool("kwok", Module::Node, "sigs.k8s.io/kwok/cmd/kwok")];

/// Where each program is.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    paths: BTreeMap<&'static str, PathBuf>,
}

impl Assets {
    /// Finds what a cluster of this mode needs, and builds what is missing.
    pub(crate) fn prepare(mode: Mode, kwok: bool) -> Result<Self, Error> {
        let mut tools: Vec<&'static Tool> = CONTROL_PLANE.iter().collect();
        if mode == Mode::Full {
            tools.extend(NODE);
        }
        if kwok {
            tools.extend(KWOK);
        }
        Self::prepare_tools(&tools)
    }

    fn prepare_tools(tools: &[&'static Tool]) -> Result<Self, Error> {
        let mut paths = BTreeMap::new();
        let mut missing = Vec::new();
        for &tool in tools {
            match provided(tool) {
                Some(path) => _ = paths.insert(tool.name, path),
                None => missing.push(tool),
            }
        }
        build::build(&missing, &mut paths)?;
        Ok(Self { paths })
    }

    /// The program's path. Asking for one that the mode does not have is an error.
    pub(crate) fn path(&self, name: &str) -> Result<&Path, Error> {
        self.paths
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| Error::new(format!("{name} is not part of this cluster's mode")))
    }

    /// The directories the programs lie in, for `PATH`-like lists.
    pub(crate) fn directories(&self) -> Vec<&Path> {
        let mut all: Vec<&Path> = self.paths.values().filter_map(|path| path.parent()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The programs that `KUBEBUILDER_ASSETS` holds by convention.
const KUBEBUILDER: [&str; 3] = ["etcd", "kube-apiserver", "kubectl"];

fn provided(tool: &Tool) -> Option<PathBuf> {
    let within = |variable: &str| {
        let path = PathBuf::from(env::var_os(variable)?).join(tool.name);
        path.is_file().then_some(path)
    };
    within("KUBEBLAME_ASSETS").or_else(|| {
        KUBEBUILDER.contains(&tool.name).then(|| within("KUBEBUILDER_ASSETS")).flatten()
    })
}

/// Helm's path; built when it is missing, which takes about a minute, once.
///
/// # Errors
/// When Go is missing or the build fails.
pub fn helm() -> Result<PathBuf, Error> {
    Ok(Assets::prepare_tools(&[&HELM])?.path(HELM.name)?.to_owned())
}

/// Builds every program that is not there yet, and returns the directories they lie in.
///
/// # Errors
/// When Go (or gcc, for runc) is missing or a build fails.
pub fn build_all() -> Result<Vec<PathBuf>, Error> {
    let mut tools: Vec<&'static Tool> = CONTROL_PLANE.iter().collect();
    if cfg!(target_os = "linux") {
        tools.extend(NODE);
    }
    tools.extend(KWOK);
    let assets = Assets::prepare_tools(&tools)?;
    Ok(assets.directories().into_iter().map(Path::to_path_buf).collect())
}
