//! The controller's own HTTP endpoints: health, plainly, for the kubelet; metrics and
//! debug pages behind TLS and the cluster's own authorisation.

mod authorise;
mod tls;

pub use authorise::Reviewer;
pub use tls::Certificate;

use crate::clock::Clock;
use crate::controller::{Query, Ready};
use crate::lead::{Lead, Standing};
use crate::metrics::{Detail, Metrics};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long the controller may take to answer: it never waits for the cluster.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address could not be bound.
    #[error("could not listen on {address} ({flag}): {source}")]
    Bind {
        /// The flag that names it.
        flag: &'static str,
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error("could not use the certificate {0}")]
    Certificate(String),
}

/// What the endpoints tell of.
#[derive(Clone, Debug)]
pub struct Sources {
    /// What is counted.
    pub metrics: Metrics,
    /// How much of it is told.
    pub detail: Detail,
    /// Whether the cluster was read once.
    pub ready: Ready,
    /// Whether this instance leads.
    pub lead: Lead,
    /// The way to ask the controller.
    pub queries: mpsc::Sender<Query>,
    /// The time.
    pub clock: Clock,
}

/// Binds an address, so that a taken port is told before anything starts.
///
/// # Errors
/// When the address cannot be bound.
pub async fn bind(flag: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Bind { flag, address, source })
}

/// Serves plainly until `end`, and then finishes what it has begun.
pub async fn plain(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) {
    tell(axum::serve(listener, router).with_graceful_shutdown(end).await);
}

/// The same behind TLS.
pub async fn encrypted(
    listener: TcpListener,
    certificate: Certificate,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) {
    let listener = tls::Listener::new(listener, certificate);
    tell(axum::serve(listener, router).with_graceful_shutdown(end).await);
}

fn tell(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::error!(%error, "stopped serving");
    }
}

/// `/livez` and `/readyz`.
pub fn health(sources: Sources) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .with_state(sources)
}

/// `/metrics` and `/debug`; with a reviewer only for whom the cluster allows it.
pub fn inside(sources: Sources, reviewer: Option<Reviewer>) -> Router {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/debug", get(overview))
        .route("/debug/roots/{namespace}/{kind}/{name}", get(root))
        .with_state(sources);
    match reviewer {
        None => router,
        Some(reviewer) => {
            router.layer(middleware::from_fn_with_state(reviewer, authorise::authorise))
        }
    }
}

async fn readyz(State(sources): State<Sources>) -> impl IntoResponse {
    let no = |why: String| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"));
    if !sources.ready.is_set() {
        return no("the first lists are not complete".to_owned());
    }
    match sources.lead.standing() {
        Standing::Leading { .. } => (StatusCode::OK, "ok: leading\n".to_owned()),
        Standing::Standby => (StatusCode::OK, "ok: standing by\n".to_owned()),
        Standing::Unknown => no("the Lease was not read yet".to_owned()),
        Standing::Refused(why) => no(format!("not allowed to lead, so nothing is written: {why}")),
        Standing::Resigned => no("ending".to_owned()),
    }
}

async fn metrics(State(sources): State<Sources>) -> Response {
    let Some(tally) = ask(&sources, Query::Tally).await else { return silent() };
    let is_leading = sources.lead.term().is_some();
    let text = sources.metrics.text(tally, sources.detail, is_leading, sources.clock.now());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn overview(State(sources): State<Sources>) -> Response {
    ask(&sources, Query::Overview).await.map_or_else(silent, |page| json(&page))
}

async fn root(
    State(sources): State<Sources>,
    Path((namespace, kind, name)): Path<(String, String, String)>,
) -> Response {
    let query = |answer| Query::Root { namespace, kind, name, answer };
    match ask(&sources, query).await {
        None => silent(),
        Some(None) => (StatusCode::NOT_FOUND, "no such root is followed\n").into_response(),
        Some(Some(page)) => json(&page),
    }
}

/// Asks the controller; `None` when it is not there yet, or does not answer in time.
async fn ask<T>(sources: &Sources, query: impl FnOnce(oneshot::Sender<T>) -> Query) -> Option<T> {
    let (send, answer) = oneshot::channel();
    let asked = async {
        sources.queries.send(query(send)).await.ok()?;
        answer.await.ok()
    };
    timeout(ANSWER_TIMEOUT, asked).await.ok()?
}

fn json(page: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], format!("{page:#}\n")).into_response()
}

fn silent() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the controller does not answer yet\n").into_response()
}
