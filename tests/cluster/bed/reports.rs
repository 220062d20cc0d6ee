//! Every version of every report, as a watch tells of them.

use super::stream::{self, Signal};
use kubeblame::report::BlameReport;
use local_cluster::Cluster;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

type Key = (String, String);

/// One version of a report.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) resource_version: String,
    pub(crate) report: BlameReport,
}

#[derive(Debug, Default)]
struct Seen {
    versions: Vec<Version>,
    is_there: bool,
}

/// The reports of the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reports {
    shared: Arc<(Mutex<HashMap<Key, Seen>>, Condvar)>,
}

impl Reports {
    /// Begins to watch.
    pub(super) fn follow(cluster: &Cluster) -> Self {
        let reports = Self::default();
        let own = reports.clone();
        stream::follow(cluster, "/apis/kubeblame.dev/v1alpha1/blamereports", move |signal| {
            own.take_in(signal);
        });
        reports
    }

    /// Waits for an answer about a report's versions, oldest first, empty when it is
    /// not there. The answer is tried at every change; the last refusal is the error.
    pub(crate) fn until<T>(
        &self,
        namespace: &str,
        name: &str,
        patience: Duration,
        mut ask: impl FnMut(&[Version]) -> Result<T, String>,
    ) -> Result<T, String> {
        let key = (namespace.to_owned(), name.to_owned());
        let deadline = Instant::now() + patience;
        let mut seen = self.lock();
        loop {
            let versions = seen.get(&key).filter(|s| s.is_there).map_or(&[][..], |s| &s.versions);
            let refusal = match ask(versions) {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(refusal);
            }
            seen = self.shared.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Every version that was seen of a report, also of one that is gone.
    pub(crate) fn versions(&self, namespace: &str, name: &str) -> Vec<Version> {
        let key = (namespace.to_owned(), name.to_owned());
        self.lock().get(&key).map(|seen| seen.versions.clone()).unwrap_or_default()
    }

    /// The names of the reports that are there in a namespace.
    pub(crate) fn names(&self, namespace: &str) -> Vec<String> {
        let seen = self.lock();
        let there = seen.iter().filter(|((n, _), s)| n == namespace && s.is_there);
        let mut names: Vec<String> = there.map(|((_, name), _)| name.clone()).collect();
        names.sort();
        names
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Seen>> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, signal: Signal) {
        match signal {
            // Whatever went while nobody watched is not told of again.
            Signal::Begins => self.lock().values_mut().for_each(|seen| seen.is_there = false),
            Signal::Event(event) => {
                let Ok(value) = serde_json::from_str::<Value>(event.object.get()) else { return };
                let text = |at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default();
                let key =
                    (text("/metadata/namespace").to_owned(), text("/metadata/name").to_owned());
                let resource_version = text("/metadata/resourceVersion").to_owned();
                let mut lock = self.lock();
                let seen = lock.entry(key).or_default();
                seen.is_there = event.type_ != "DELETED";
                let is_new =
                    seen.versions.last().is_none_or(|v| v.resource_version != resource_version);
                if seen.is_there
                    && is_new
                    && let Ok(report) = serde_json::from_value(value)
                {
                    seen.versions.push(Version { resource_version, report });
                }
            }
        }
        self.shared.1.notify_all();
    }
}
