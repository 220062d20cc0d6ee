//! The ways to the API server.

use super::Error;
use crate::metrics::Metrics;
use kube::Client;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// How long a request that writes may go unanswered.
const WRITE_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// First pause between attempts to reach the API server; it doubles.
const REACH_PAUSE: Duration = Duration::from_millis(500);
/// Longest such pause.
const REACH_PAUSE_MAX: Duration = Duration::from_secs(15);

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
pub(super) fn write_client(mut cluster: kube::Config, metrics: &Metrics) -> Result<Client, Error> {
    cluster.read_timeout = Some(WRITE_READ_TIMEOUT);
    cluster.reset_reader_on_write = true;
    cluster.default_retry = false;
    Ok(counted(&client(cluster)?, metrics))
}

pub(super) fn client(cluster: kube::Config) -> Result<Client, Error> {
    Client::try_from(cluster).map_err(|e| Error::Client(Box::new(e)))
}

/// The same client, whose requests are counted.
pub(super) fn counted(client: &Client, metrics: &Metrics) -> Client {
    let namespace = client.default_namespace().to_owned();
    let (client, metrics) = (client.clone(), metrics.clone());
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (client, metrics) = (client.clone(), metrics.clone());
        async move {
            let method = request.method().clone();
            let query = request.uri().query().unwrap_or_default().to_owned();
            let answer = client.send(request).await;
            let code = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            metrics.requested(&method, &query, code);
            answer.map_err(tower::BoxError::from)
        }
    });
    Client::new(service, namespace)
}

/// Waits until the API server answers; says once that it does not.
pub(super) async fn reach(client: &Client, address: &str) {
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
