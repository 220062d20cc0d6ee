//! A real Kubernetes on this machine, for tests, the demo and benchmarks.
//!
//! etcd, the control plane, a kubelet with containerd and runc, and KWOK's fake
//! nodes are built once from pinned Go modules, kept in the user's cache
//! directory, and started on loopback addresses in a directory of their own.
//! When the program that started a cluster ends, however it ends, nothing of the
//! cluster stays behind (see `go/own/guardian`).
//!
//! ```no_run
//! # fn main() -> Result<(), local_cluster::Error> {
//! use local_cluster::{Cluster, Options};
//! let cluster = Cluster::start(&Options::default())?;
//! cluster.kubectl_run(&["create", "deployment", "web", "--image=localhost/busybox:v1"])?;
//! # Ok(())
//! # }
//! ```
//!
//! It knows nothing about kubeblame.

mod assets;
mod certificates;
mod cluster;
mod control_plane;
mod error;
mod files;
mod guardian;
mod images;
mod kwok;
mod node;
pub mod oci;
mod options;
mod poll;

pub use assets::{build_all, helm};
pub use cluster::Cluster;
pub use error::Error;
pub use options::{Mode, Options, TestCluster};
pub use poll::poll;
