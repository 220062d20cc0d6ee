//! Following one list for ever, whatever the API server does.

use super::tap::{Pulse, tapped};
use super::{Carried, Change, Origin};
use crate::clock::Clock;
use crate::graph::Freshness;
use crate::metrics::Metrics;
use crate::observe::{KINDS, KindInfo, Scope, Secret, Watched as _};
use futures::StreamExt as _;
use kube::core::Status;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::utils::{Backoff, ResetTimerBackoff};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Seconds after which the server ends a watch, so that a dead one is noticed.
const WATCH_SECONDS: u32 = 120;
/// Objects per page where lists are read in pages: the transient memory is about three pages.
const PAGE_SIZE: u32 = 200;
/// How often it is looked at whether the watch stands.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// How long a watch may be down before its kind is stale.
const STALE_AFTER: Duration = Duration::from_secs(10);
/// First pause after an error; it doubles.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// Longest such pause.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(6);
/// A watch that stood for so long begins with the first pause again.
const RETRY_RESET: Duration = Duration::from_secs(30);
/// First pause after a refusal (403, 404); it doubles.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause after a refusal: a granted right or a new CRD is found within this time.
const REFUSED_PAUSE_MAX: Duration = Duration::from_mins(1);
/// How long what was read before may be refused without a word of it: an API server that
/// starts again refuses everything until it has read the roles, and knows no CRD yet.
const REFUSED_PASSING: Duration = Duration::from_secs(10);
/// How often it is asked again meanwhile.
const REFUSED_RETRY: Duration = Duration::from_secs(1);
/// The same for a kind without a namespace where single namespaces are watched: the right is
/// withheld on purpose, and each question would be one more refusal in the audit log.
const OUT_OF_REACH_PAUSE_MAX: Duration = Duration::from_hours(1);
/// Streamed first lists that may break off before lists are read in pages.
const STREAM_ATTEMPTS: u32 = 3;

/// What every watch shares.
#[derive(Clone)]
pub struct Setup {
    /// The client for lists and watches.
    pub client: Client,
    /// Where changes go.
    pub changes: mpsc::Sender<Change>,
    /// The time of receipt.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// The namespaces to watch; all of them when empty.
    pub namespaces: Arc<[Arc<str>]>,
    /// Whether Secrets are watched, as metadata.
    pub secrets: bool,
    /// Whether the server streams first lists, as far as is known.
    pub streams: Arc<AtomicBool>,
}

impl Setup {
    /// Every kind that is watched, but for the reports.
    pub fn kinds(&self) -> impl Iterator<Item = &'static KindInfo> + use<> {
        let secrets = const { &Secret::KIND };
        KINDS.iter().chain(self.secrets.then_some(secrets))
    }

    /// The namespaces in which a kind is followed: `None` stands for the whole cluster.
    #[must_use]
    pub fn namespaces(&self, scope: Scope) -> Vec<Option<Arc<str>>> {
        if scope == Scope::Cluster || self.namespaces.is_empty() {
            return vec![None];
        }
        self.namespaces.iter().cloned().map(Some).collect()
    }
}

/// One list that is followed.
pub struct Follow<K: Carried> {
    setup: Setup,
    kind: &'static KindInfo,
    resource: K::DynamicType,
    origin: Origin,
    said: Freshness,
    is_listed: bool,
    /// Since when every attempt is refused.
    refused: Option<Instant>,
    broken_streams: u32,
}

/// Why a watch is begun anew.
enum End {
    /// The server says no, or has no such kind.
    Refused(Freshness),
    /// A first list cannot be streamed.
    NoStream,
    /// The position is lost, or the stream ended.
    Lost,
    /// Something could not be read, so something was missed.
    Garbled,
    /// Nobody listens any more.
    Closed,
}

struct Closed;

/// Pauses between attempts: soon after a hiccup, and never long, since a watch that
/// comes back late is a picture that is late. Each kind has its own, so that they spread.
pub(crate) struct Pauses {
    next: Duration,
    max: Duration,
}

/// The pauses of a list of objects of this plural name.
pub(crate) fn retry(plural: &str) -> ResetTimerBackoff<Pauses> {
    let spread = plural.bytes().fold(0_u64, |sum, byte| sum * 31 % 997 + u64::from(byte));
    let (next, max) = (RETRY_PAUSE, RETRY_PAUSE_MAX + Duration::from_millis(spread));
    ResetTimerBackoff::new(Pauses { next, max }, RETRY_RESET)
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(self.max);
        Some(pause)
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.next = RETRY_PAUSE;
    }
}

impl<K: Carried> Follow<K> {
    /// A list to be followed.
    #[must_use]
    pub fn new(
        setup: &Setup,
        kind: &'static KindInfo,
        resource: K::DynamicType,
        namespace: Option<Arc<str>>,
    ) -> Self {
        Self {
            setup: setup.clone(),
            kind,
            resource,
            origin: Origin { name: kind.list_name(), namespace },
            said: Freshness::Unsynced,
            is_listed: false,
            refused: None,
            broken_streams: 0,
        }
    }

    /// Follows until nobody listens.
    pub async fn run(mut self) {
        let mut pause = REFUSED_PAUSE;
        loop {
            match self.watch().await {
                End::Closed => return,
                End::NoStream => self.setup.streams.store(false, Ordering::Relaxed),
                End::Lost => sleep(Duration::from_secs(1)).await,
                End::Garbled if self.is_listed => {
                    pause = self.pause(Freshness::Stale, pause).await;
                    continue;
                }
                End::Garbled => sleep(REFUSED_PAUSE).await,
                End::Refused(_) if self.is_passing() => sleep(REFUSED_RETRY).await,
                End::Refused(freshness) => {
                    pause = self.pause(freshness, pause).await;
                    continue;
                }
            }
            pause = REFUSED_PAUSE;
        }
    }

    /// Whether a refusal may still be a server's that has only just started.
    fn is_passing(&mut self) -> bool {
        let since = *self.refused.get_or_insert_with(Instant::now);
        self.is_listed && since.elapsed() < REFUSED_PASSING
    }

    /// Says why nothing is followed now, and waits; returns how long to wait the next time.
    async fn pause(&mut self, freshness: Freshness, pause: Duration) -> Duration {
        if freshness != Freshness::Stale {
            // What is refused is not late.
            self.setup.metrics.watch_stands(&self.origin, None);
        }
        // That nobody listens is found out by the next watch.
        _ = self.say(freshness).await;
        sleep(pause).await;
        (pause * 2).min(self.longest_pause())
    }

    fn longest_pause(&self) -> Duration {
        let is_withheld = self.said == Freshness::Forbidden
            && self.kind.scope == Scope::Cluster
            && !self.setup.namespaces.is_empty();
        if is_withheld { OUT_OF_REACH_PAUSE_MAX } else { REFUSED_PAUSE_MAX }
    }

    async fn watch(&mut self) -> End {
        let pulse = Pulse::default();
        let client = tapped(&self.setup.client, &pulse);
        let api: Api<K> = match &self.origin.namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &self.resource),
            None => Api::all_with(client, &self.resource),
        };
        let mut config = watcher::Config::default().timeout(WATCH_SECONDS).page_size(PAGE_SIZE);
        let streams = self.setup.streams.load(Ordering::Relaxed);
        if streams {
            config = config.streaming_lists();
        }
        self.broken_streams = 0;
        let mut events = pin!(watcher(api, config).backoff(retry(self.kind.plural)));
        let mut check = interval(CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = tokio::select! {
                event = events.next() => match event {
                    None => return End::Lost,
                    Some(Ok(event)) => self.tell(event).await,
                    Some(Err(error)) => {
                        if let Some(end) = self.judge_error(&error, streams) {
                            return end;
                        }
                        Ok(())
                    }
                },
                _ = check.tick() => self.check(&pulse).await,
            };
            if told.is_err() {
                return End::Closed;
            }
            if streams && self.broken_streams > STREAM_ATTEMPTS {
                return End::NoStream;
            }
        }
    }

    async fn tell(&mut self, event: Event<K>) -> Result<(), Closed> {
        let now = self.setup.clock.now();
        let change = match event {
            Event::Init => {
                self.broken_streams += 1;
                Change::Begin(self.kind, self.origin.clone())
            }
            Event::InitApply(object) | Event::Apply(object) => match object.into_item(self.kind) {
                Some(item) => Change::Seen(item, now),
                None => return Ok(()),
            },
            Event::Delete(object) => match object.into_item(self.kind) {
                Some(item) => Change::Gone(item, now),
                None => return Ok(()),
            },
            Event::InitDone => {
                self.broken_streams = 0;
                self.is_listed = true;
                self.refused = None;
                self.send(Change::End(self.kind, self.origin.clone(), now)).await?;
                return self.say(Freshness::Synced).await;
            }
        };
        self.send(change).await
    }

    /// Says whether the watch stands, once it was listed.
    async fn check(&mut self, pulse: &Pulse) -> Result<(), Closed> {
        let down = pulse.down_since();
        self.setup.metrics.watch_stands(&self.origin, down);
        if !self.is_listed || !matches!(self.said, Freshness::Synced | Freshness::Stale) {
            return Ok(());
        }
        let is_stale =
            down.is_some_and(|since| Instant::now().saturating_duration_since(since) > STALE_AFTER);
        self.say(if is_stale { Freshness::Stale } else { Freshness::Synced }).await
    }

    fn judge_error(&self, error: &watcher::Error, streams: bool) -> Option<End> {
        self.setup.metrics.watch_restarted(self.kind.kind);
        tracing::debug!(kind = self.kind.kind, %error, "watch interrupted");
        if is_garbled(error) {
            return Some(End::Garbled);
        }
        let status = status_of(error)?;
        let is_start = matches!(error, watcher::Error::WatchStartFailed(_));
        match status.code {
            403 => Some(End::Refused(Freshness::Forbidden)),
            404 => Some(End::Refused(Freshness::Absent)),
            // Without the WatchList feature the server calls the request invalid.
            400 | 422 if streams && is_start => Some(End::NoStream),
            // A server that says it outside the stream would say it for ever.
            410 if is_start => Some(End::Lost),
            _ => None,
        }
    }

    async fn say(&mut self, freshness: Freshness) -> Result<(), Closed> {
        if self.said == freshness {
            return Ok(());
        }
        self.said = freshness.clone();
        self.send(Change::Freshness(self.kind, self.origin.clone(), freshness)).await
    }

    async fn send(&self, change: Change) -> Result<(), Closed> {
        self.setup.changes.send(change).await.map_err(|_| Closed)
    }
}

/// Whether an answer or an event could not be read.
fn is_garbled(error: &watcher::Error) -> bool {
    use watcher::Error as E;
    matches!(
        error,
        E::InitialListFailed(kube::Error::SerdeError(_))
            | E::WatchFailed(kube::Error::SerdeError(_))
    )
}

/// What the API server said, where it was the API server that said it.
fn status_of(error: &watcher::Error) -> Option<&Status> {
    use watcher::Error as E;
    match error {
        E::InitialListFailed(kube::Error::Api(status))
        | E::WatchStartFailed(kube::Error::Api(status))
        | E::WatchFailed(kube::Error::Api(status)) => Some(status),
        E::WatchError(status) => (status.code != 410).then_some(status),
        _ => None,
    }
}
