//! Requests to the API server, and its refusals in plain sentences.

mod kubeconfig;
mod proxy;
mod silence;

pub(in crate::plugin) use silence::SILENT_AFTER;

use super::super::args::Common;
use super::super::failure::Failure;
use super::super::span::Span;
use super::resource::Resource;
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use kube::core::Request;
use kube::core::params::{GetParams, ListParams};
use kube::core::subresource::LogParams;
use kube::runtime::watcher;
use serde::Deserialize;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection may take to come about.
const CONNECT_SECONDS: u64 = 10;

/// A server that was away until now refuses for some seconds what it allows otherwise: it has
/// not read the roles yet, and knows no kinds of CRDs.
const RETURNS_IN: Duration = Duration::from_secs(15);

/// How the plugin names itself to the API server.
const AGENT: &str = concat!("kubectl-blame/", env!("CARGO_PKG_VERSION"));

/// A cluster that is only read.
pub(in crate::plugin) struct Cluster {
    pub(in crate::plugin) client: Client,
    /// The namespace of the context.
    pub(in crate::plugin) default_namespace: String,
    url: String,
    /// The host of the proxy that stands between.
    proxy: Option<String>,
    clock: Clock,
    /// When the server was last known to be away.
    away: Mutex<Option<Instant>>,
    /// Whether it was said that an answer takes long.
    is_said_slow: AtomicBool,
}

/// The newest time the API server named, and when it did by our own clock.
type Clock = Arc<Mutex<Option<(Timestamp, Timestamp)>>>;

/// What the API server answered.
#[derive(Debug)]
pub(in crate::plugin) enum Answer {
    /// The body.
    Found(String),
    /// There is no such object.
    NoObject,
    /// There is no such kind.
    NoKind,
    /// It may not be read; the server's own words.
    Forbidden(String),
}

/// What to ask of a resource.
enum Question<'q> {
    Get(&'q str),
    List(&'q Selection),
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub(in crate::plugin) struct Selection {
    pub(in crate::plugin) labels: Option<String>,
    pub(in crate::plugin) fields: Option<String>,
    /// Names, owners and labels only.
    pub(in crate::plugin) metadata: bool,
}

impl Cluster {
    pub(in crate::plugin) async fn connect(common: &Common) -> Result<Self, Failure> {
        let (mut config, proxy) = kubeconfig::configuration(common).await?;
        config.connect_timeout = Some(Duration::from_secs(CONNECT_SECONDS));
        config.read_timeout = common.request_timeout.and_then(Span::limit).or(config.read_timeout);
        kubeconfig::overrule(&mut config, common)?;
        proxy.apply(&mut config);
        if let Some(user) = &common.as_user {
            config.auth_info.impersonate = Some(user.clone());
            config.auth_info.impersonate_groups =
                (!common.as_group.is_empty()).then(|| common.as_group.clone());
        }
        Self::new(config)
    }

    /// The cluster of a configuration; nothing is asked yet.
    pub(in crate::plugin) fn new(mut config: kube::Config) -> Result<Self, Failure> {
        // Audit logs and the API server's metrics tell clients apart by this.
        let agent = http::HeaderValue::from_static(AGENT);
        config.headers.push((http::header::USER_AGENT, agent));
        let (url, default_namespace) =
            (config.cluster_url.to_string(), config.default_namespace.clone());
        let url = url.trim_end_matches('/').to_owned();
        let proxy = config.proxy_url.as_ref().and_then(http::Uri::authority);
        let proxy = proxy.map(|authority| match authority.port() {
            Some(port) => format!("{}:{port}", authority.host()),
            None => authority.host().to_owned(),
        });
        let client = Client::try_from(config).map_err(|error| {
            Failure::new(format!("the kubeconfig cannot be used for {url}: {}", deepest(&error)))
        })?;
        let clock = Clock::default();
        let client = clocked(client, &clock);
        Ok(Self {
            client,
            default_namespace,
            url,
            proxy,
            clock,
            away: Mutex::default(),
            is_said_slow: AtomicBool::default(),
        })
    }

    /// The namespace that is asked about.
    pub(in crate::plugin) fn namespace(&self, common: &Common) -> String {
        common.namespace.clone().unwrap_or_else(|| self.default_namespace.clone())
    }

    /// The cluster's clock, as far as it was heard of; conditions are judged by it, not by ours.
    pub(in crate::plugin) fn now(&self) -> Timestamp {
        let ours = Timestamp::now();
        let heard = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        heard.map_or(ours, |(theirs, then)| theirs + ours.duration_since(then))
    }

    pub(in crate::plugin) async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Answer, Failure> {
        self.ask(resource, namespace, &Question::Get(name)).await
    }

    pub(in crate::plugin) async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selection: &Selection,
    ) -> Result<Answer, Failure> {
        self.ask(resource, namespace, &Question::List(selection)).await
    }

    /// The body at a path in a form of its own; `None` where the server has neither.
    pub(in crate::plugin) async fn raw(
        &self,
        path: &str,
        accept: &str,
    ) -> Result<Option<String>, Failure> {
        let request = http::Request::get(path).header(http::header::ACCEPT, accept);
        let request = request.body(Body::empty()).map_err(Failure::new)?;
        let response = self.send(request).await?;
        let is_found = response.status().is_success();
        let body = self.text(response).await?;
        Ok(is_found.then_some(body))
    }

    /// The end of a container's log. A container that has none yet has an empty one.
    pub(in crate::plugin) async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        lines: u32,
    ) -> Result<Answer, Failure> {
        let params = LogParams {
            container: Some(container.to_owned()),
            previous,
            tail_lines: Some(lines.into()),
            ..LogParams::default()
        };
        let pods = Resource::built_in("Pod").map(|pods| pods.path(Some(namespace)));
        let request = Request::new(pods.unwrap_or_default());
        let request = request.logs(pod, &params).map_err(Failure::new)?.map(Body::from);
        let response = self.send(request).await?;
        let code = response.status().as_u16();
        let text = self.text(response).await?;
        match code {
            200..=299 => Ok(Answer::Found(text)),
            // `previous terminated container not found`, `waiting to start`
            400 => Ok(Answer::Found(String::new())),
            403 => {
                let status: Status = serde_json::from_str(&text).unwrap_or_default();
                Ok(Answer::Forbidden(format!("you may not get pods/log: {}", status.message)))
            }
            404 => Ok(Answer::NoObject),
            _ => Ok(Answer::Found(String::new())),
        }
    }

    async fn ask(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        question: &Question<'_>,
    ) -> Result<Answer, Failure> {
        let path = Request::new(resource.path(namespace));
        let (verb, request) = match question {
            Question::Get(name) => ("get", path.get(name, &GetParams::default())),
            Question::List(selection) => {
                let params = ListParams {
                    label_selector: selection.labels.clone(),
                    field_selector: selection.fields.clone(),
                    ..ListParams::default()
                };
                let list = if selection.metadata {
                    path.list_metadata(&params)
                } else {
                    path.list(&params)
                };
                ("list", list)
            }
        };
        let request = request.map_err(Failure::new)?.map(Body::from);
        let response = self.send(request).await?;
        let code = response.status().as_u16();
        let text = self.text(response).await?;
        if matches!(code, 200..=299) {
            return Ok(Answer::Found(text));
        }
        let status = serde_json::from_str(&text).unwrap_or_default();
        self.refused(code, &status, verb, resource)
    }

    /// Why a feed of a resource was interrupted. It tries again by itself, unless that is a
    /// refusal.
    pub(in crate::plugin) fn interrupted(
        &self,
        resource: &Resource,
        error: &watcher::Error,
    ) -> Result<Answer, Failure> {
        use watcher::Error as E;
        let (verb, why) = match error {
            E::InitialListFailed(why) => ("list", why),
            E::WatchStartFailed(why) | E::WatchFailed(why) => ("watch", why),
            E::WatchError(status) => {
                let (url, code, words) = (&self.url, status.code, &status.message);
                return Err(Failure::Unreached(format!(
                    "the API server at {url} ends a watch with {code}: {words}"
                )));
            }
            E::NoResourceVersion => {
                return Err(Failure::new(format!("{} cannot be watched", resource.full_name())));
            }
        };
        match why {
            kube::Error::Api(said) => {
                let name = said.details.as_ref().map(|d| d.name.clone()).unwrap_or_default();
                let message = said.message.clone();
                let status = Status { message, details: Details { name } };
                self.refused(said.code, &status, verb, resource)
            }
            why => Err(self.unreached(why)),
        }
    }

    /// What a refusal means.
    fn refused(
        &self,
        code: u16,
        status: &Status,
        verb: &str,
        resource: &Resource,
    ) -> Result<Answer, Failure> {
        let url = &self.url;
        match code {
            403 | 404 if status.details.name.is_empty() && self.has_just_returned() => {
                Err(Failure::Unreached(format!(
                    "the API server at {url} is not back yet: {}",
                    status.message
                )))
            }
            404 if status.details.name.is_empty() => Ok(Answer::NoKind),
            404 => Ok(Answer::NoObject),
            403 => Ok(Answer::Forbidden(format!(
                "you may not {verb} {}: {}",
                resource.full_name(),
                status.message
            ))),
            401 => Err(Failure::new(format!(
                "the API server at {url} does not accept your credentials: log in again"
            ))),
            // What could not be read is taken by kube for a status without a code.
            0 => Err(Failure::Unreached(format!(
                "the API server at {url} sent what is no {}",
                resource.kind
            ))),
            500.. | 429 => {
                Err(self
                    .is_away(format!("the API server at {url} answers {code}: {}", status.message)))
            }
            _ => Err(Failure::new(format!(
                "the API server at {url} answered {code} to {verb} {}: {}",
                resource.full_name(),
                status.message
            ))),
        }
    }

    /// Why there was no answer at all.
    fn unreached(&self, error: &kube::Error) -> Failure {
        let (url, why) = (&self.url, deepest(error));
        if let kube::Error::Auth(_) = error {
            return Failure::new(format!("no credentials for {url} can be had: {why}"));
        }
        let through = self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}"));
        let through = through.unwrap_or_default();
        self.is_away(format!("the API server at {url} cannot be reached{through}: {why}"))
    }

    fn is_away(&self, why: String) -> Failure {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Failure::Unreached(why)
    }

    fn has_just_returned(&self) -> bool {
        let away = *self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.is_some_and(|at| at.elapsed() < RETURNS_IN)
    }
}

/// The part of a `Status` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    details: Details,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    name: String,
}

/// The innermost reason, which is the one that says something.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

/// A client that reads the server's clock off every answer.
fn clocked(client: Client, clock: &Clock) -> Client {
    let (namespace, clock) = (client.default_namespace().to_owned(), Arc::clone(clock));
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (client, clock) = (client.clone(), Arc::clone(&clock));
        async move {
            let response = client.send(request).await.map_err(tower::BoxError::from)?;
            let date = response.headers().get("date").and_then(|date| date.to_str().ok());
            if let Some(date) = date.and_then(http_date) {
                let mut clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
                *clock = Some((date, Timestamp::now()));
            }
            Ok::<_, tower::BoxError>(response)
        }
    });
    Client::new(service, namespace)
}

/// The `Date` of an HTTP answer.
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn the_date_of_an_answer_is_read() {
        let date = http_date("Sat, 21 Nov 2026 07:28:00 GMT").expect("a date");
        assert_eq!(date.to_string(), "2026-11-21T07:28:00Z");
        assert_eq!(http_date("yesterday"), None);
    }
}
