//! Every metric: its name, type, labels and meaning. `docs/metrics.md` is made from this.

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, with its unit.
    pub name: &'static str,
    /// Its type, as Prometheus has it.
    pub type_: Type,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

impl Type {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! catalogue {
    ($($name:ident: $type_:ident $text:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(super) const $name: Entry =
            Entry { name: $text, type_: Type::$type_, labels: &[$($label),*], help: $help };)+
        /// All of them.
        pub const CATALOGUE: &[Entry] = &[$($name),+];
    };
}

catalogue! {
    VERDICTS: Gauge "kubeblame_verdicts" ["namespace", "kind", "verdict"]
        "Roots by how they are doing. Told by the leader alone, like all that is said of roots.";
    FINDINGS: Gauge "kubeblame_findings" ["namespace", "class"]
        "Findings that stand now, by the class of their cause; Unknown where nothing is blamed.";
    BLAME: Gauge "kubeblame_blame_info" ["namespace", "kind", "name", "class", "revision", "verdict"]
        "One series for each root that is Failing or Stuck, always 1: the class of what broke it, and the revision where that is known. At most 500, the worst first; `--metrics-blame-info=false` leaves it out.";
    FAILING: Gauge "kubeblame_rollout_failing_seconds" ["namespace", "kind", "verdict"]
        "For how long the root that is worst off has been Failing or Stuck.";
    SHARED: Gauge "kubeblame_shared_cause_roots" ["class"]
        "How many roots the one cause breaks that breaks most of them, where it breaks more than one.";
    DELAY: Histogram "kubeblame_change_to_verdict_seconds" ["verdict"]
        "From the moment since which a verdict holds, by the cluster's own clocks in whole seconds, until its report was written.";
    LAG: Gauge "kubeblame_watch_lag_seconds" ["kind"]
        "For how long the watch of a kind has not stood; 0 while it stands.";
    SYNCED: Gauge "kubeblame_watch_synced" ["kind"]
        "Whether a kind's lists are complete and current (1), or not read yet, lost or forbidden (0). Kinds that the cluster does not have are left out, and so are those without a namespace that may not be read where single namespaces are watched.";
    RESTARTS: Counter "kubeblame_watch_restarts_total" ["kind"]
        "How often a watch ended in an error and was begun again.";
    QUEUE: Gauge "kubeblame_queue_length" ["queue"]
        "What waits: changes to be taken in, roots to be judged, reports to be written.";
    WRITES: Counter "kubeblame_writes_total" ["outcome"]
        "Orders that change the cluster, by outcome.";
    REQUESTS: Counter "kubeblame_api_requests_total" ["verb", "code"]
        "Requests to the API server, by verb and by the code of its answer; `none` where there was no answer.";
    OBJECTS: Gauge "kubeblame_graph_objects" []
        "Objects held in the graph.";
    ROOTS: Gauge "kubeblame_roots" []
        "Roots that are followed; none on a standby.";
    JUDGEMENTS: Counter "kubeblame_judgements_total" ["result"]
        "Judgements of a root, by how they ended.";
    RULE_TIME: Histogram "kubeblame_judgement_seconds" []
        "How long one judgement took, all rules together.";
    LEADING: Gauge "kubeblame_leading" []
        "Whether this instance leads (1) or stands by (0).";
    BUILD: Gauge "kubeblame_build_info" ["version"]
        "The version that runs; always 1.";
}
