//! Putting the parts together: clients, watches, the controller, and its end.

mod client;
mod connect;
mod install;
mod stop;

pub use client::cluster;
pub use connect::watch_client;
pub use install::install_crd;

use crate::clock::Clock;
use crate::config::{Config, LogFormat, ReportRoots};
use crate::controller::{Controller, Query, Ready};
use crate::lead::{Election, Lead, Place};
use crate::metrics::{Detail, Metrics};
use crate::publish::{Limits, Publisher, Writer};
use crate::serve::{self, Certificate, Reviewer, Sources};
use crate::watch::{self, Setup, follow_owners};
use client::{client, counted, reach, write_client};
use kube::Client;
use std::io::IsTerminal as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
pub(crate) use stop::Stop;
use tokio::sync::{mpsc, watch as told};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing_subscriber::EnvFilter;

/// How many changes may wait for the controller; watches wait when it is full. A pod that
/// waits is held with its text, ten times what is kept of it: this bounds the peak of a start.
const MAX_CHANGES: usize = 256;
/// How many owner kinds may wait for discovery.
const MAX_OWNER_KINDS: usize = 64;
/// How many questions may wait for the controller.
const MAX_QUERIES: usize = 16;
/// How long the end may take: writes under way, the Lease, open connections.
const END_TIMEOUT: Duration = Duration::from_secs(8);
/// Where a pod finds the name of its namespace.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
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
    /// There is no place for the Lease.
    #[error("leader election needs --lease-namespace: this is no pod with a service account")]
    NoLeaseNamespace,
    /// Signals could not be listened to.
    #[error("could not listen for signals: {0}")]
    Signals(#[source] std::io::Error),
    /// The CRD could not be applied.
    #[error("could not apply the CRD: {0}")]
    Crd(#[source] Box<kube::Error>),
    /// A recording could not be written.
    #[error("could not write the recording: {0}")]
    Write(#[source] std::io::Error),
}

/// Runs the controller until a signal ends it.
///
/// # Errors
/// When it cannot start at all; a cluster that is not there yet is waited for.
pub async fn run(config: Config) -> Result<(), Error> {
    let mut stop = Stop::listen().map_err(Error::Signals)?;
    let mut process = Process::prepare(config).await?;
    let mut control = pin!(process.control()?);
    let signal = tokio::select! {
        () = &mut control => return Ok(()),
        signal = stop.asked() => signal,
    };
    tracing::info!(signal, "ending");
    tokio::select! {
        // What is being written is written to its end.
        () = control => {}
        () = process.end() => {}
    }
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

/// What lives as long as the process, beside the controller.
struct Process {
    config: Config,
    cluster: kube::Config,
    client: Client,
    metrics: Metrics,
    ready: Ready,
    lead: Lead,
    queries: Option<mpsc::Receiver<Query>>,
    endpoints: JoinSet<()>,
    election: JoinSet<()>,
    end: told::Sender<bool>,
}

impl Process {
    /// Opens the endpoints, so that whatever is wrong with them is told before anything starts.
    async fn prepare(config: Config) -> Result<Self, Error> {
        let cluster = cluster(config.kubeconfig.as_deref(), config.context.as_deref()).await?;
        let metrics = Metrics::new();
        let client = counted(&watch_client(cluster.clone())?, &metrics);
        let elects = config.election.leader_elect;
        let lead = if elects { Lead::elected() } else { Lead::alone() };
        let (send_queries, queries) = mpsc::channel(MAX_QUERIES);
        let mut process = Self {
            metrics,
            lead,
            cluster,
            client,
            ready: Ready::default(),
            queries: Some(queries),
            endpoints: JoinSet::new(),
            election: JoinSet::new(),
            end: told::Sender::new(false),
            config,
        };
        process.serve(send_queries).await?;
        if elects {
            process.elect()?;
        }
        Ok(process)
    }

    async fn serve(&mut self, queries: mpsc::Sender<Query>) -> Result<(), Error> {
        let serving = &self.config.serving;
        let detail =
            Detail { namespaces: serving.metrics_namespaces, blames: serving.metrics_blame_info };
        let sources = Sources {
            metrics: self.metrics.clone(),
            detail,
            ready: self.ready.clone(),
            lead: self.lead.clone(),
            queries,
            clock: Clock::system(),
        };
        let health = serve::bind("--health-bind-address", serving.health_bind_address).await?;
        let inside = serve::bind("--metrics-bind-address", serving.metrics_bind_address).await?;
        let version = env!("CARGO_PKG_VERSION");
        let addresses = (health.local_addr().ok(), inside.local_addr().ok());
        if let (Some(health), Some(metrics)) = addresses {
            tracing::info!(version, %health, %metrics, "kubeblame starts");
        }
        let ended = || {
            let mut end = self.end.subscribe();
            // A process without an end has no need to tell of it.
            async move { _ = end.wait_for(|end| *end).await }
        };
        if serving.metrics_secure {
            let files = serving.metrics_cert_file.as_ref().zip(serving.metrics_key_file.as_ref());
            let certificate = match files {
                Some((chain, key)) => Certificate::from_files(chain, key)?,
                None => Certificate::self_signed()?,
            };
            let reviewer = Reviewer::new(write_client(self.cluster.clone(), &self.metrics)?);
            let router = serve::inside(sources.clone(), Some(reviewer));
            self.endpoints.spawn(serve::encrypted(inside, certificate, router, ended()));
        } else {
            let router = serve::inside(sources.clone(), None);
            self.endpoints.spawn(serve::plain(inside, router, ended()));
        }
        self.endpoints.spawn(serve::plain(health, serve::health(sources), ended()));
        Ok(())
    }

    fn elect(&mut self) -> Result<(), Error> {
        let config = &self.config.election;
        let own = || std::fs::read_to_string(OWN_NAMESPACE).ok();
        let namespace = config.lease_namespace.clone().or_else(own);
        let namespace = namespace.ok_or(Error::NoLeaseNamespace)?.trim().to_owned();
        let place = Place { namespace, name: config.lease_name.clone() };
        let client = write_client(self.cluster.clone(), &self.metrics)?;
        let lead = self.lead.clone();
        let election = Election::new(client, place, identity(), Clock::system(), lead);
        self.election.spawn(election.run());
        Ok(())
    }

    /// The controller, from the first contact with the cluster on.
    fn control(&mut self) -> Result<impl Future<Output = ()> + use<>, Error> {
        let config = &self.config;
        let limits = Limits {
            workers: config.workers.into(),
            per_second: config.writes_per_second,
            burst: config.writes_burst,
        };
        // Nothing asks twice: there is one controller in a process.
        let queries = self.queries.take().unwrap_or_else(|| mpsc::channel(1).1);
        let parts = Parts {
            watch_client: self.client.clone(),
            write_client: write_client(self.cluster.clone(), &self.metrics)?,
            namespaces: config.watch_namespaces.iter().map(|n| Arc::from(n.as_str())).collect(),
            secrets: config.watch_secrets,
            limits,
            report_roots: config.report_roots,
            clock: Clock::system(),
            metrics: self.metrics.clone(),
            ready: self.ready.clone(),
            lead: self.lead.clone(),
            queries,
        };
        let (client, address) = (self.client.clone(), self.cluster.cluster_url.to_string());
        Ok(async move {
            reach(&client, &address).await;
            follow_and_judge(parts).await;
        })
    }

    /// Ends in order: no more writes, the Lease released, open requests answered.
    async fn end(mut self) {
        self.lead.resign();
        let all = async {
            _ = self.lead.drained().await;
            while self.election.join_next().await.is_some() {}
            self.end.send_replace(true);
            while self.endpoints.join_next().await.is_some() {}
        };
        if timeout(END_TIMEOUT, all).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
    }
}

/// What the controller is made of, once there is a cluster to talk to.
pub struct Parts {
    /// The client for lists and watches.
    pub watch_client: Client,
    /// The client for writes.
    pub write_client: Client,
    /// The namespaces to watch; all of them when empty.
    pub namespaces: Arc<[Arc<str>]>,
    /// Whether Secrets are watched, as metadata.
    pub secrets: bool,
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
    /// Whether this instance writes.
    pub lead: Lead,
    /// What the endpoints ask.
    pub queries: mpsc::Receiver<Query>,
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
        secrets: parts.secrets,
        streams: Arc::new(AtomicBool::new(true)),
    };
    let mut tasks = JoinSet::new();
    watch::start(&setup, &mut tasks);
    tasks.spawn(follow_owners(setup.clone(), owners));
    let publisher = Publisher::new(parts.limits, Instant::now());
    let lead = parts.lead.clone();
    let controller =
        Controller::new(&setup, publisher, parts.report_roots, parts.ready, lead, send_owners);
    let writer = Writer {
        client: parts.write_client,
        metrics: parts.metrics,
        instance: instance(),
        lead: parts.lead,
    };
    controller.run(changes, parts.queries, writer).await;
}

/// Who writes, for events: the pod's name where there is one.
fn instance() -> String {
    std::env::var("HOSTNAME").ok().filter(|n| !n.is_empty()).unwrap_or_else(|| "kubeblame".into())
}

/// Who takes part in an election: unique, since a restarted container has its pod's name.
fn identity() -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{}_{:x}-{:x}", instance(), nanos, std::process::id())
}
