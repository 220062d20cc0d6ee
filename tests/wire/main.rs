//! Everything between the core and a cluster, against an API server made of a closure.

mod cluster;
mod commands;
mod connections;
mod faults;
mod generated;
mod leading;
mod metrics;
mod owners;
mod publishing;
mod rules;
mod secrets;
mod server;
mod serving;
mod watching;

use kubeblame::clock::Clock;
use kubeblame::config::ReportRoots;
use kubeblame::controller::{Query, Ready};
use kubeblame::lead::Lead;
use kubeblame::metrics::Metrics;
use kubeblame::publish::Limits;
use kubeblame::run::{Parts, follow_and_judge};

use server::Server;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A controller that runs against a server, until it is dropped.
pub(crate) struct Running {
    task: JoinHandle<()>,
    pub(crate) metrics: Metrics,
    pub(crate) ready: Ready,
    pub(crate) lead: Lead,
    pub(crate) queries: mpsc::Sender<Query>,
}

/// What a controller is started with.
pub(crate) struct Start<'s> {
    pub(crate) now: &'s str,
    pub(crate) namespaces: &'s [&'s str],
    pub(crate) secrets: bool,
    pub(crate) lead: Lead,
}

impl Running {
    /// Starts a controller; its clock begins at `now`.
    pub(crate) fn start(server: &Server, now: &str) -> Self {
        Self::start_in(server, now, &[])
    }

    pub(crate) fn start_in(server: &Server, now: &str, namespaces: &[&str]) -> Self {
        let lead = Lead::alone();
        Self::start_with(server, Start { now, namespaces, secrets: false, lead })
    }

    pub(crate) fn start_with(server: &Server, start: Start<'_>) -> Self {
        let Start { now, namespaces, secrets, lead } = start;
        let (metrics, ready) = (Metrics::new(), Ready::default());
        let (queries, asked) = mpsc::channel(4);
        let parts = Parts {
            watch_client: server.client(),
            write_client: server.client(),
            namespaces: namespaces.iter().map(|n| (*n).into()).collect(),
            secrets,
            limits: Limits { workers: 4, per_second: 5, burst: 20 },
            report_roots: ReportRoots::Default,
            clock: Clock::starting_at(now.parse().expect("a time")),
            metrics: metrics.clone(),
            ready: ready.clone(),
            lead: lead.clone(),
            queries: asked,
        };
        let task = tokio::spawn(follow_and_judge(parts));
        Self { task, metrics, ready, lead, queries }
    }
}

impl Drop for Running {
    /// As kill -9 does it.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lets the paused clock run.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
