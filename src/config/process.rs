//! The flags of the process itself: who writes, and what is served where.

use clap::{ArgAction, Args};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who of several instances writes.
#[derive(Clone, Debug, Args)]
pub struct Election {
    /// Write only while this instance holds a Lease; for more than one replica.
    #[arg(long, env = "KUBEBLAME_LEADER_ELECT", help_heading = "Leader election")]
    pub leader_elect: bool,

    /// Namespace of the Lease. Without it: the pod's own.
    #[arg(
        long,
        env = "KUBEBLAME_LEASE_NAMESPACE",
        value_name = "NAME",
        value_parser = super::namespace,
        help_heading = "Leader election"
    )]
    pub lease_namespace: Option<String>,

    /// Name of the Lease.
    #[arg(
        long,
        env = "KUBEBLAME_LEASE_NAME",
        default_value = "kubeblame",
        value_name = "NAME",
        help_heading = "Leader election"
    )]
    pub lease_name: String,
}

/// What is served, where, and to whom.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Address for /livez and /readyz; port 0 takes a free one.
    #[arg(
        long,
        env = "KUBEBLAME_HEALTH_BIND_ADDRESS",
        default_value = "127.0.0.1:8081",
        value_name = "ADDRESS",
        help_heading = "Process"
    )]
    pub health_bind_address: SocketAddr,

    /// Address for /metrics and /debug; port 0 takes a free one.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_BIND_ADDRESS",
        default_value = "127.0.0.1:8443",
        value_name = "ADDRESS",
        help_heading = "Process"
    )]
    pub metrics_bind_address: SocketAddr,

    /// Serve those behind TLS, and only to whom the cluster allows it; `false` serves
    /// them plainly to everybody.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_SECURE",
        default_value_t = true,
        action = ArgAction::Set,
        value_name = "BOOL",
        help_heading = "Process"
    )]
    pub metrics_secure: bool,

    /// PEM file with the certificate chain for TLS. Without it: one made at the start.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_CERT_FILE",
        value_name = "FILE",
        requires = "metrics_key_file",
        help_heading = "Process"
    )]
    pub metrics_cert_file: Option<PathBuf>,

    /// PEM file with its private key.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_KEY_FILE",
        value_name = "FILE",
        requires = "metrics_cert_file",
        help_heading = "Process"
    )]
    pub metrics_key_file: Option<PathBuf>,

    /// Tell namespaces apart in metrics: the 100 that are worst off.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_NAMESPACES",
        default_value_t = true,
        action = ArgAction::Set,
        value_name = "BOOL",
        help_heading = "Process"
    )]
    pub metrics_namespaces: bool,

    /// Name each broken root in `kubeblame_blame_info`: the 500 that are worst off.
    #[arg(
        long,
        env = "KUBEBLAME_METRICS_BLAME_INFO",
        default_value_t = true,
        action = ArgAction::Set,
        value_name = "BOOL",
        help_heading = "Process"
    )]
    pub metrics_blame_info: bool,
}
