//! What is counted over all roots at the moment of a scrape.

use super::catalogue::{BLAME, Entry, FAILING, FINDINGS, QUEUE, SHARED, SYNCED, VERDICTS};
use crate::observe::KINDS;
use crate::report::{Cause, CauseClass, ObjectRef, Status, Verdict};
use jiff::Timestamp;
use prometheus::core::Collector as _;
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, Opts};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most series of `kubeblame_blame_info`.
pub const MAX_BLAMES: usize = 500;
/// Most namespaces that are told apart; no namespace can have the name of the rest.
pub const MAX_NAMESPACES: usize = 100;
const OTHER_NAMESPACES: &str = "_other";
/// The label of a kind that is not built in.
const OTHER_KIND: &str = "other";

/// What is told of roots.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    /// Whether namespaces are told apart.
    pub namespaces: bool,
    /// Whether `kubeblame_blame_info` is told.
    pub blames: bool,
}

impl Default for Detail {
    fn default() -> Self {
        Self { namespaces: true, blames: true }
    }
}

#[derive(Debug)]
struct Blamed {
    namespace: String,
    kind: String,
    name: String,
    class: CauseClass,
    revision: String,
    verdict: Verdict,
    pods: i32,
    since: Timestamp,
}

/// The counts.
#[derive(Debug, Default)]
pub struct Tally {
    verdicts: BTreeMap<(String, &'static str, Verdict), u32>,
    findings: BTreeMap<(String, &'static str), u32>,
    failing: BTreeMap<(String, &'static str, Verdict), Timestamp>,
    shared: HashMap<(&'static str, ObjectRef), u32>,
    blamed: Vec<Blamed>,
    /// What waits.
    pub queues: [(&'static str, usize); 3],
    /// Whether each kind is current.
    pub synced: BTreeMap<&'static str, bool>,
}

impl Tally {
    /// Counts a root, by what its report says or is about to say.
    pub fn add(&mut self, namespace: &str, kind: &str, name: &str, status: &Status) {
        let known = KINDS.iter().find(|k| k.kind == kind).map_or(OTHER_KIND, |k| k.kind);
        let key = (namespace.to_owned(), known, status.verdict);
        *self.verdicts.entry(key.clone()).or_default() += 1;
        let mut causes = BTreeSet::new();
        for finding in &status.findings {
            let cause = &finding.cause;
            let class = blamed(cause).as_str();
            *self.findings.entry((namespace.to_owned(), class)).or_default() += 1;
            if let Some(object) = cause.object.as_ref().filter(|_| cause.shared && cause.is_blame())
                && causes.insert((cause.class.as_str(), object.clone()))
            {
                *self.shared.entry((cause.class.as_str(), object.clone())).or_default() += 1;
            }
        }
        if !matches!(status.verdict, Verdict::Failing | Verdict::Stuck) {
            return;
        }
        let since = status.since.timestamp();
        let oldest = self.failing.entry(key).or_insert(since);
        *oldest = since.min(*oldest);
        let first = status.findings.first();
        let revision = first.filter(|f| f.cause.is_blame()).and_then(|f| f.cause.revision);
        self.blamed.push(Blamed {
            namespace: namespace.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            class: first.map_or(CauseClass::Unknown, |f| blamed(&f.cause)),
            revision: revision.map(|r| r.to_string()).unwrap_or_default(),
            verdict: status.verdict,
            pods: first.map_or(0, |f| f.symptom.pods),
            since,
        });
    }

    /// As families of series.
    pub(super) fn families(mut self, detail: Detail, now: Timestamp) -> Vec<MetricFamily> {
        let kept = if detail.namespaces { self.worst_namespaces() } else { BTreeSet::new() };
        let label = |namespace: &str| match (detail.namespaces, kept.contains(namespace)) {
            (false, _) => String::new(),
            (true, true) => namespace.to_owned(),
            (true, false) => OTHER_NAMESPACES.to_owned(),
        };
        let mut verdicts = Family::new(&VERDICTS);
        for ((namespace, kind, verdict), count) in &self.verdicts {
            verdicts.add(&[&label(namespace), kind, verdict.as_str()], f64::from(*count));
        }
        let mut failing = Family::new(&FAILING);
        for ((namespace, kind, verdict), since) in &self.failing {
            let seconds = now.duration_since(*since).as_secs_f64().max(0.0);
            failing.raise(&[&label(namespace), kind, verdict.as_str()], seconds);
        }
        let mut findings = Family::new(&FINDINGS);
        for ((namespace, class), count) in &self.findings {
            findings.add(&[&label(namespace), class], f64::from(*count));
        }
        let mut shared = Family::new(&SHARED);
        for ((class, _), roots) in self.shared.iter().filter(|(_, roots)| **roots > 1) {
            shared.raise(&[class], f64::from(*roots));
        }
        let mut queues = Family::new(&QUEUE);
        for (queue, waiting) in self.queues {
            queues.add(&[queue], f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
        }
        let mut synced = Family::new(&SYNCED);
        for (kind, is_synced) in &self.synced {
            synced.add(&[kind], f64::from(u8::from(*is_synced)));
        }
        let mut blames = Family::new(&BLAME);
        if detail.blames {
            self.blamed.sort_by(|a, b| a.rank().cmp(&b.rank()));
            for b in self.blamed.iter().take(MAX_BLAMES) {
                let (class, verdict) = (b.class.as_str(), b.verdict.as_str());
                let labels = [&*b.namespace, &*b.kind, &*b.name, class, &*b.revision, verdict];
                blames.raise(&labels, 1.0);
            }
        }
        [verdicts, failing, findings, shared, queues, synced, blames]
            .into_iter()
            .flat_map(|family| family.0.collect())
            .filter(|family| !family.get_metric().is_empty())
            .collect()
    }

    /// The namespaces with most that is wrong, then with most roots.
    fn worst_namespaces(&self) -> BTreeSet<String> {
        let mut weights: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for ((namespace, _, verdict), count) in &self.verdicts {
            let weight = weights.entry(namespace).or_default();
            weight.0 +=
                if matches!(verdict, Verdict::Failing | Verdict::Stuck) { *count } else { 0 };
            weight.1 += count;
        }
        let mut all: Vec<_> = weights.into_iter().collect();
        all.sort_by_key(|(name, weight)| (Reverse(*weight), *name));
        all.into_iter().take(MAX_NAMESPACES).map(|(name, _)| name.to_owned()).collect()
    }
}

/// What is blamed: a suspicion is none.
fn blamed(cause: &Cause) -> CauseClass {
    if cause.is_blame() { cause.class } else { CauseClass::Unknown }
}

impl Blamed {
    /// The worst first: Failing before Stuck, more pods before fewer, the oldest first.
    fn rank(&self) -> (bool, Reverse<i32>, Timestamp, &str, &str, &str) {
        let is_stuck = self.verdict != Verdict::Failing;
        (is_stuck, Reverse(self.pods), self.since, &self.namespace, &self.kind, &self.name)
    }
}

/// Gauges of one name that live for one scrape.
struct Family(GaugeVec);

impl Family {
    fn new(entry: &Entry) -> Self {
        Self(
            GaugeVec::new(Opts::new(entry.name, entry.help), entry.labels)
                .expect("the catalogue's names and labels are valid constants"),
        )
    }

    fn add(&mut self, labels: &[&str], value: f64) {
        self.0.with_label_values(labels).add(value);
    }

    /// Raises to `value` what is below it.
    fn raise(&mut self, labels: &[&str], value: f64) {
        let gauge = self.0.with_label_values(labels);
        gauge.set(gauge.get().max(value));
    }
}
