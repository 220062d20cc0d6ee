//! The connections that watches stand on: the kernel asks whether the other end is there.
//!
//! A watch may be silent for a minute and be well, so its silence proves nothing. Probes of
//! TCP cost one empty packet each way, no request, and are answered by the server's kernel.

use super::{Error, client};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::Client;
use kube::client::ConfigExt as _;
use kube::client::retry::RetryPolicy;
use std::time::Duration;
use tower::retry::RetryLayer;
use tower::{BoxError, ServiceBuilder};

/// After so long a silence the other end is probed.
const PROBE_AFTER: Duration = Duration::from_secs(10);
/// How often it is probed then.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// A connection is dead when nothing was acknowledged for so long, neither a probe nor a request.
#[cfg(target_os = "linux")]
const DEAD_AFTER: Duration = Duration::from_secs(20);
/// The same in probes, for systems that do not know the time.
const DEAD_AFTER_PROBES: u32 = 2;

/// A client for lists and watches, which finds a dead connection within 25 s.
///
/// Through a proxy it is an ordinary client: the probes would be answered by the proxy.
///
/// # Errors
/// When the configuration is not usable.
pub fn watch_client(config: kube::Config) -> Result<Client, Error> {
    if config.proxy_url.is_some() {
        return client(config);
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_keepalive(Some(PROBE_AFTER));
    connector.set_keepalive_interval(Some(PROBE_EVERY));
    connector.set_keepalive_retries(Some(DEAD_AFTER_PROBES));
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(DEAD_AFTER));
    probed(&config, connector).map_err(|error| Error::Client(Box::new(error)))
}

/// kube's own client but for the connector, which it makes itself.
fn probed(config: &kube::Config, connector: HttpConnector) -> Result<Client, kube::Error> {
    let https = config.rustls_https_connector_with_connector(connector)?;
    let retry = config.default_retry.then(|| RetryLayer::new(RetryPolicy::server_retry()));
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(retry)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(HttpClient::builder(TokioExecutor::new()).build(https));
    Ok(Client::new(service, config.default_namespace.clone()))
}
