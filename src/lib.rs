//! kubeblame: which change, by whom, broke which container.
//!
//! Data walks one way: watch → [`observe`] → [`graph`] → [`blame`] →
//! [`report`] → publish. The middle is pure (no clock, no I/O, no async, no
//! log) and compiles alone with `--no-default-features`.

pub mod blame;
pub mod graph;
pub mod observe;
#[cfg(feature = "cluster")]
pub mod plugin;
pub mod replay;
pub mod report;

#[cfg(feature = "cluster")]
pub mod bucket;
#[cfg(feature = "cluster")]
pub mod clock;
#[cfg(feature = "cluster")]
pub mod config;
#[cfg(feature = "cluster")]
pub mod controller;
#[cfg(feature = "cluster")]
pub mod crd;
#[cfg(feature = "cluster")]
pub mod lead;
#[cfg(feature = "cluster")]
pub mod metrics;
#[cfg(feature = "cluster")]
pub mod publish;
#[cfg(feature = "cluster")]
pub mod rbac;
#[cfg(feature = "cluster")]
pub mod record;
#[cfg(feature = "cluster")]
pub mod run;
#[cfg(feature = "cluster")]
pub mod serve;
#[cfg(feature = "cluster")]
pub mod watch;
