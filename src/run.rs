//! Putting the parts together: clients, watches, the controller, and its end.

use crate::clock::Clock;
use crate::config::{Config, LogFormat, ReportRoots};
use crate::controller::Controller;
use crate::metrics::Metrics;
use crate::publish::{Limits, Publisher, Writer};
use crate::serve::{self, Ready};
use crate::watch::{self, Setup, follow_owners};
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing_subscriber::EnvFilter;

/// How many changes may wait for the controller; watches wait when it is full.
const MAX_CHANGES: usize = 4_096;
/// How many owner kinds may wait for discovery.
const MAX_OWNER_KINDS: usize = 64;
/// How long a request that writes may go unanswered.
const WRITE_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// First pause between attempts to reach the API server; it doubles.
const REACH_PAUSE: Duration = Duration::from_millis(500);
/// Longest such pause.
const REACH_PAUSE_MAX: Duration = Duration::from_secs(15);
/// What the libraries say again and again is said by us, once.
const LIBRARY_LOGS: &str =
    "kube_client=off,kube_runtime=off,hyper=warn,hyper_util=warn,rustls=warn,tower=warn";

/// Why the controller could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no cluster to talk to.
    #[error("no cluster: {0}")]
    NoCluster(String),
    /// The configuration of the client is not usable.
    #[error("could not make a client: {0}")]
    Client(#[source] Box<kube::Error>),
    /// The endpoints could not be opened.
    #[error(transparent)]
    Serve(#[from] serve::Error),
    /// Signals could not be listened to.
    #[error("could not listen for signals: {0}")]
    Signals(#[source] std::io::Error),
    /// A recording could not be written.
    #[error("could not write the recording: {0}")]
    Write(#[source] std::io::Error),
}

/// Runs the controller until a signal ends it.
///
/// # Errors
/// When it cannot start at all; a cluster that is not there yet is waited for.
pub async fn run(config: Config) -> Result<(), Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    let signal = tokio::select! {
        result = control(config) => return result,
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal, "ending");
    Ok(())
}

/// Sends the log to standard error, in the chosen form.
pub fn start_log(level: &str, format: LogFormat) {
    // Ours last: a filter for a library's target can still be given to see more.
    let filter = EnvFilter::new(format!("{LIBRARY_LOGS},{level}"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
}

async fn control(config: Config) -> Result<(), Error> {
    let cluster = cluster(config.kubeconfig.as_deref(), config.context.as_deref()).await?;
    let metrics = Metrics::new();
    let ready = Ready::default();
    let listener = serve::bind(config.metrics_bind_address).await?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "kubeblame starts");
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(serve::serve(listener, metrics.clone(), ready.clone()));

    let client = Client::try_from(cluster.clone()).map_err(|e| Error::Client(Box::new(e)))?;
    reach(&client, &cluster.cluster_url.to_string()).await;
    let limits = Limits {
        workers: config.workers.into(),
        per_second: config.writes_per_second,
        burst: config.writes_burst,
    };
    let parts = Parts {
        watch_client: client,
        write_client: write_client(cluster)?,
        namespaces: config.watch_namespaces.iter().map(|n| Arc::from(n.as_str())).collect(),
        limits,
        report_roots: config.report_roots,
        clock: Clock::system(),
        metrics,
        ready,
    };
    follow_and_judge(parts).await;
    Ok(())
}

/// What the controller is made of, once there is a cluster to talk to.
pub struct Parts {
    /// The client for lists and watches.
    pub watch_client: Client,
    /// The client for writes.
    pub write_client: Client,
    /// The namespaces to watch; all of them when empty.
    pub namespaces: Arc<[Arc<str>]>,
    /// How fast is written.
    pub limits: Limits,
    /// Which roots get a report.
    pub report_roots: ReportRoots,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether the cluster was read once.
    pub ready: Ready,
}

/// Follows the cluster, judges, and has reports written, for ever.
pub async fn follow_and_judge(parts: Parts) {
    let (send_changes, changes) = mpsc::channel(MAX_CHANGES);
    let (send_owners, owners) = mpsc::channel(MAX_OWNER_KINDS);
    let setup = Setup {
        client: parts.watch_client,
        changes: send_changes,
        clock: parts.clock,
        metrics: parts.metrics.clone(),
        namespaces: parts.namespaces,
        streams: Arc::new(AtomicBool::new(true)),
    };
    let mut tasks = JoinSet::new();
    watch::start(&setup, &mut tasks);
    tasks.spawn(follow_owners(setup.clone(), owners));
    let publisher = Publisher::new(parts.limits, Instant::now());
    let controller =
        Controller::new(&setup, publisher, parts.report_roots, parts.ready, send_owners);
    let writer =
        Writer { client: parts.write_client, metrics: parts.metrics, instance: instance() };
    controller.run(changes, writer).await;
}

/// Where the cluster is: as the flags say, or as kubectl would find it, or the pod's own.
///
/// # Errors
/// When there is none.
pub async fn cluster(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
) -> Result<kube::Config, Error> {
    let options =
        KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let no_cluster = |error: &dyn std::error::Error| Error::NoCluster(with_causes(error));
    if let Some(file) = kubeconfig {
        return from_file(file, &options).await;
    }
    if context.is_some() {
        return kube::Config::from_kubeconfig(&options).await.map_err(|e| no_cluster(&e));
    }
    kube::Config::infer().await.map_err(|e| no_cluster(&e))
}

async fn from_file(file: &Path, options: &KubeConfigOptions) -> Result<kube::Config, Error> {
    let failed = |error: kube::config::KubeconfigError| {
        Error::NoCluster(format!("{}: {}", file.display(), with_causes(&error)))
    };
    let kubeconfig = Kubeconfig::read_from(file).map_err(failed)?;
    kube::Config::from_custom_kubeconfig(kubeconfig, options).await.map_err(failed)
}

/// A client for writes: it gives up on a silent server, and leaves retries to the publisher.
fn write_client(mut cluster: kube::Config) -> Result<Client, Error> {
    cluster.read_timeout = Some(WRITE_READ_TIMEOUT);
    cluster.reset_reader_on_write = true;
    cluster.default_retry = false;
    Client::try_from(cluster).map_err(|e| Error::Client(Box::new(e)))
}

/// Waits until the API server answers; says once that it does not.
async fn reach(client: &Client, address: &str) {
    let mut pause = REACH_PAUSE;
    loop {
        match client.apiserver_version().await {
            Ok(version) => {
                let version = version.git_version.as_str();
                return tracing::info!(address, version, "reached the API server");
            }
            // Whoever may not read the version may still read the rest.
            Err(kube::Error::Api(status)) if status.is_forbidden() => return,
            Err(error) if pause == REACH_PAUSE => {
                let error = match &error {
                    kube::Error::Api(status) => status.message.clone(),
                    other => with_causes(other),
                };
                tracing::error!(address, error, "cannot reach the API server; trying again");
            }
            Err(_) => {}
        }
        sleep(pause).await;
        pause = (pause * 2).min(REACH_PAUSE_MAX);
    }
}

/// An error and what lies beneath it, in one line, each sentence once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    crate::observe::line(&text, 512)
}

/// Who writes, for events: the pod's name where there is one.
fn instance() -> String {
    std::env::var("HOSTNAME").ok().filter(|n| !n.is_empty()).unwrap_or_else(|| "kubeblame".into())
}
