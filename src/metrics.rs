//! What the controller counts of itself. Labels come from closed sets only.

use prometheus::{Encoder as _, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use std::sync::Arc;

/// The counters and gauges, shared by every task.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    watch_restarts: IntCounterVec,
    writes: IntCounterVec,
    judgements: IntCounterVec,
    objects: IntGauge,
    roots: IntGauge,
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
        let counters = |name: &str, help: &str, label: &str| {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label])
                .expect("the name and label are valid constants");
            registry.register(Box::new(counters.clone())).expect("each name is registered once");
            counters
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help).expect("the name is a valid constant");
            registry.register(Box::new(gauge.clone())).expect("each name is registered once");
            gauge
        };
        let build = IntGaugeVec::new(
            Opts::new("kubeblame_build_info", "The version that runs; always 1."),
            &["version"],
        )
        .expect("the name is a valid constant");
        registry.register(Box::new(build.clone())).expect("each name is registered once");
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self(Arc::new(Inner {
            watch_restarts: counters(
                "kubeblame_watch_restarts_total",
                "How often a watch ended in an error and was begun again, by kind.",
                "kind",
            ),
            writes: counters(
                "kubeblame_writes_total",
                "Requests that change the cluster, by outcome.",
                "outcome",
            ),
            judgements: counters(
                "kubeblame_judgements_total",
                "Judgements of a root, by how they ended.",
                "result",
            ),
            objects: gauge("kubeblame_graph_objects", "Objects held in the graph."),
            roots: gauge("kubeblame_roots", "Roots that are followed."),
            registry,
        }))
    }

    /// A watch of `kind` ended in an error; kinds outside the built-in list count as `other`.
    pub fn watch_restarted(&self, kind: &str) {
        let known = crate::observe::KINDS.iter().find(|k| k.kind == kind).map(|k| k.kind);
        let label = known.or((kind == crate::report::KIND).then_some(crate::report::KIND));
        self.0.watch_restarts.with_label_values(&[label.unwrap_or("other")]).inc();
    }

    /// A request that changes the cluster ended; `outcome` is from a closed set.
    pub fn wrote(&self, outcome: &'static str) {
        self.0.writes.with_label_values(&[outcome]).inc();
    }

    /// A judgement ended.
    pub fn judged(&self, how: Judged) {
        let label = match how {
            Judged::Done => "done",
            Judged::Panicked => "panicked",
        };
        self.0.judgements.with_label_values(&[label]).inc();
    }

    /// How much is held.
    pub fn holding(&self, objects: usize, roots: usize) {
        self.0.objects.set(i64::try_from(objects).unwrap_or(i64::MAX));
        self.0.roots.set(i64::try_from(roots).unwrap_or(i64::MAX));
    }

    /// All of it, in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory fails for no metric that was registered.
        _ = TextEncoder::new().encode(&self.0.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_within_the_known_kinds() {
        let metrics = Metrics::new();
        metrics.watch_restarted("Pod");
        metrics.watch_restarted("EvilKind{}\"\n");
        let text = metrics.text();
        assert!(text.contains("kubeblame_watch_restarts_total{kind=\"Pod\"} 1"), "{text}");
        assert!(text.contains("kind=\"other\"} 1") && !text.contains("Evil"), "{text}");
    }
}
