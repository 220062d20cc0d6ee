//! What kind of cluster to start.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::tell;

/// How much of a Kubernetes to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum Mode {
    /// The control plane and one node with real containers. Needs root on Linux;
    /// without it [`Mode::Kwok`] is started instead, and stderr says so.
    #[default]
    Full,
    /// The control plane and fake nodes, on which pods turn Running by themselves.
    Kwok,
    /// etcd, API server, controller manager and scheduler; no node.
    ControlPlane,
}

impl std::str::FromStr for Mode {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word {
            "full" => Ok(Self::Full),
            "kwok" => Ok(Self::Kwok),
            "control-plane" => Ok(Self::ControlPlane),
            _ => Err(Error::new(format!("no mode {word:?}: it is full, kwok or control-plane"))),
        }
    }
}

/// The wishes for a new cluster. The default is a full one without fake nodes.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much to start.
    pub mode: Mode,
    /// Fake nodes to start with; in [`Mode::Full`] they are tainted
    /// `kwok.x-k8s.io/node=fake:NoSchedule`, so that only pods that tolerate it land there.
    pub kwok_nodes: usize,
    /// Whether the API server writes [`crate::Cluster::audit_log`].
    pub audit: bool,
    /// Flags added to the API server's; of a flag given twice the last counts.
    pub api_server_flags: Vec<String>,
    /// Flags added to the controller manager's.
    pub controller_manager_flags: Vec<String>,
    /// Flags added to the scheduler's.
    pub scheduler_flags: Vec<String>,
    /// Fields of a `KubeletConfiguration` laid over the crate's own.
    pub kubelet_config: serde_json::Map<String, serde_json::Value>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Full,
            kwok_nodes: 0,
            audit: true,
            api_server_flags: Vec::new(),
            controller_manager_flags: Vec::new(),
            scheduler_flags: Vec::new(),
            kubelet_config: serde_json::Map::new(),
        }
    }
}

impl Options {
    /// A full cluster: a control plane and a node with real containers.
    #[must_use]
    pub fn full() -> Self {
        Self::default()
    }

    /// A control plane and `nodes` fake nodes.
    #[must_use]
    pub fn kwok(nodes: usize) -> Self {
        Self { mode: Mode::Kwok, kwok_nodes: nodes, ..Self::default() }
    }

    /// A control plane without nodes.
    #[must_use]
    pub fn control_plane() -> Self {
        Self { mode: Mode::ControlPlane, ..Self::default() }
    }
}

/// What the variable `KUBEBLAME_TEST_CLUSTER` lets tests start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestCluster {
    /// No cluster at all.
    None,
    /// A control plane and fake nodes.
    Kwok,
    /// Everything, also real containers; the default.
    Full,
}

impl TestCluster {
    /// Whether a test that needs this much may run; when not, stderr says what was not run.
    ///
    /// # Errors
    /// When the variable holds another word than full, kwok or none.
    pub fn allows(self, test: &str) -> Result<bool, Error> {
        let word = std::env::var("KUBEBLAME_TEST_CLUSTER").unwrap_or_default();
        let allowed = match word.as_str() {
            "" | "full" => Self::Full,
            "kwok" => Self::Kwok,
            "none" => Self::None,
            _ => {
                return Err(Error::new(format!(
                    "KUBEBLAME_TEST_CLUSTER is {word:?}, but must be full, kwok or none"
                )));
            }
        };
        if self > allowed {
            tell(&format!("NOT RUN: {test} (needs {self:?}, but KUBEBLAME_TEST_CLUSTER={word})"));
        }
        Ok(self <= allowed)
    }
}
