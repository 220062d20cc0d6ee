//! What the controller counts of itself and of the roots. Labels come from closed sets
//! only; names of objects stand on `kubeblame_blame_info` alone, which is capped.

mod catalogue;
mod tally;

pub use catalogue::{CATALOGUE, Entry, Type};
pub use tally::{Detail, MAX_BLAMES, MAX_NAMESPACES, Tally};

use crate::observe::KINDS;
use crate::report::{KIND, Verdict};
use crate::watch::Origin;
use catalogue as of;
use jiff::Timestamp;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Seconds from a change to its verdict: the clocks tell whole seconds.
const DELAY_BUCKETS: &[f64] = &[0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];
/// Seconds of one judgement: tens of microseconds where all is well.
const RULE_BUCKETS: &[f64] = &[0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5];
/// The codes of an API server that are told apart.
const CODES: &[u16] =
    &[200, 201, 202, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504];

/// The counters and gauges, shared by every task.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    watch_restarts: IntCounterVec,
    writes: IntCounterVec,
    requests: IntCounterVec,
    judgements: IntCounterVec,
    rule_time: Histogram,
    delay: HistogramVec,
    objects: IntGauge,
    roots: IntGauge,
    leading: IntGauge,
    lag: IntGaugeVec,
    /// Since when the watch of each list does not stand.
    down: Mutex<BTreeMap<Origin, Option<Instant>>>,
}

/// How a judgement ended.
#[derive(Clone, Copy, Debug)]
pub enum Judged {
    /// With an answer, or none because the root is gone.
    Done,
    /// With a panic, which was caught.
    Panicked,
}

impl Metrics {
    /// Fresh metrics, all zero.
    ///
    /// # Panics
    /// Never: the names are constants that the registry accepts.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let opts = |entry: &Entry| Opts::new(entry.name, entry.help);
        let counters =
            |entry: &Entry| keep(&registry, IntCounterVec::new(opts(entry), entry.labels));
        let gauges = |entry: &Entry| keep(&registry, IntGaugeVec::new(opts(entry), entry.labels));
        let gauge = |entry: &Entry| keep(&registry, IntGauge::with_opts(opts(entry)));
        let delay = HistogramOpts::from(opts(&of::DELAY)).buckets(DELAY_BUCKETS.to_vec());
        let rule = HistogramOpts::from(opts(&of::RULE_TIME)).buckets(RULE_BUCKETS.to_vec());
        gauges(&of::BUILD).with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self(Arc::new(Inner {
            watch_restarts: counters(&of::RESTARTS),
            writes: counters(&of::WRITES),
            requests: counters(&of::REQUESTS),
            judgements: counters(&of::JUDGEMENTS),
            rule_time: keep(&registry, Histogram::with_opts(rule)),
            delay: keep(&registry, HistogramVec::new(delay, of::DELAY.labels)),
            objects: gauge(&of::OBJECTS),
            roots: gauge(&of::ROOTS),
            leading: gauge(&of::LEADING),
            lag: gauges(&of::LAG),
            down: Mutex::default(),
            registry,
        }))
    }

    /// A watch of `kind` ended in an error; kinds outside the built-in list count as `other`.
    pub fn watch_restarted(&self, kind: &str) {
        self.0.watch_restarts.with_label_values(&[label_of(kind)]).inc();
    }

    /// Since when the watch of a list does not stand, where it does not.
    pub fn watch_stands(&self, origin: &Origin, down: Option<Instant>) {
        self.down().insert(origin.clone(), down);
    }

    /// A request that changes the cluster ended; `outcome` is from a closed set.
    pub fn wrote(&self, outcome: &'static str) {
        self.0.writes.with_label_values(&[outcome]).inc();
    }

    /// The API server answered a request, or did not.
    pub fn requested(&self, method: &http::Method, query: &str, code: Option<u16>) {
        let verb = match method.as_str() {
            "GET" if query.contains("watch=true") => "watch",
            "GET" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "other",
        };
        let code = match code {
            None => "none".to_owned(),
            Some(code) if CODES.contains(&code) => code.to_string(),
            Some(_) => "other".to_owned(),
        };
        self.0.requests.with_label_values(&[verb, &code]).inc();
    }

    /// A judgement ended after `took`.
    pub fn judged(&self, how: Judged, took: Duration) {
        let label = match how {
            Judged::Done => "done",
            Judged::Panicked => "panicked",
        };
        self.0.judgements.with_label_values(&[label]).inc();
        self.0.rule_time.observe(took.as_secs_f64());
    }

    /// A verdict that holds since `since` was written at `now`.
    pub fn told(&self, verdict: Verdict, since: Timestamp, now: Timestamp) {
        let seconds = now.duration_since(since).as_secs_f64().max(0.0);
        self.0.delay.with_label_values(&[verdict.as_str()]).observe(seconds);
    }

    /// How much is held.
    pub fn holding(&self, objects: usize, roots: usize) {
        self.0.objects.set(i64::try_from(objects).unwrap_or(i64::MAX));
        self.0.roots.set(i64::try_from(roots).unwrap_or(i64::MAX));
    }

    /// All of it, in the text format of Prometheus, with what was counted over the roots.
    #[must_use]
    pub fn text(&self, tally: Tally, detail: Detail, is_leading: bool, now: Timestamp) -> String {
        self.0.leading.set(i64::from(is_leading));
        self.set_lag();
        let mut families: Vec<MetricFamily> = self.0.registry.gather();
        families.extend(tally.families(detail, now));
        families.sort_by(|a, b| a.name().cmp(b.name()));
        let mut text = Vec::new();
        // Writing into memory fails for no metric that was registered.
        _ = TextEncoder::new().encode(&families, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    fn set_lag(&self) {
        let mut worst: BTreeMap<&'static str, i64> = BTreeMap::new();
        for (origin, down) in &*self.down() {
            let seconds = down.map_or(0, |since| since.elapsed().as_secs());
            let lag = worst.entry(label_of(&origin.name)).or_default();
            *lag = (*lag).max(i64::try_from(seconds).unwrap_or(i64::MAX));
        }
        for (kind, lag) in worst {
            self.0.lag.with_label_values(&[kind]).set(lag);
        }
    }

    fn down(&self) -> MutexGuard<'_, BTreeMap<Origin, Option<Instant>>> {
        self.0.down.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The label of a kind: what is not built in shares one.
pub(crate) fn label_of(kind: &str) -> &'static str {
    let built_in = KINDS.iter().map(|known| known.kind).chain(["Secret", KIND]);
    built_in.into_iter().find(|known| *known == kind).unwrap_or("other")
}

fn keep<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let made = made.expect("the catalogue's names and labels are valid constants");
    registry.register(Box::new(made.clone())).expect("each name is registered once");
    made
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(metrics: &Metrics) -> String {
        metrics.text(Tally::default(), Detail::default(), true, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn labels_stay_within_the_known_kinds() {
        let metrics = Metrics::new();
        metrics.watch_restarted("Pod");
        metrics.watch_restarted("EvilKind{}\"\n");
        let text = text(&metrics);
        assert!(text.contains("kubeblame_watch_restarts_total{kind=\"Pod\"} 1"), "{text}");
        assert!(text.contains("kind=\"other\"} 1") && !text.contains("Evil"), "{text}");
    }

    #[test]
    fn requests_are_counted_by_closed_sets() {
        let metrics = Metrics::new();
        for (method, query, code) in
            [("GET", "limit=1&watch=true", Some(200)), ("GET", "", Some(299)), ("BREW", "", None)]
        {
            let method = method.parse().expect("a method");
            metrics.requested(&method, query, code);
        }
        let text = text(&metrics);
        for line in [
            "{code=\"200\",verb=\"watch\"} 1",
            "{code=\"other\",verb=\"get\"} 1",
            "{code=\"none\",verb=\"other\"} 1",
        ] {
            assert!(text.contains(&format!("kubeblame_api_requests_total{line}")), "{text}");
        }
    }
}
