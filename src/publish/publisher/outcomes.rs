//! What becomes of an order: what stands now, or when it is tried again.

use super::{Publisher, STRAY_GRACE, STRAY_RETRY, Want};
use crate::observe::Uid;
use crate::publish::changed::{Difference, difference, is_bad};
use crate::publish::name::Key;
use crate::publish::order::{Done, Order, Outcome, Reason, Refusal, Task};
use crate::report::{RootRef, Status, Verdict};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long one kind of refusal is not told again.
const TELL_AGAIN: Duration = Duration::from_mins(10);
/// First pause after a refusal; it doubles.
const BACKOFF: Duration = Duration::from_secs(1);
/// Longest pause of one report.
const BACKOFF_MAX: Duration = Duration::from_mins(10);
/// Longest pause of all writes.
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Publisher {
    /// An order ended. Returns the root that is to be judged again, because its report
    /// is gone.
    pub fn outcome(&mut self, outcome: Outcome, now: Instant) -> Option<Uid> {
        let Outcome { order: Order { key, root, task }, result } = outcome;
        self.in_flight = self.in_flight.saturating_sub(1);
        match (result, task) {
            (Ok(Done::Put { uid, resource_version, generation, status }), Task::Put(put)) => {
                let verdict = status.verdict;
                let is_new = put.stands.is_none();
                let version = (uid, resource_version, generation);
                self.reports.wrote(key.clone(), put.root, version, Arc::clone(&status));
                self.succeeded();
                if let Some(entry) = root.as_ref().and_then(|root| self.roots.get_mut(root)) {
                    let before = entry.memory.as_ref().map(|said| said.verdict);
                    if before != Some(verdict) {
                        tell_verdict(&key, &entry.reference, &status);
                    }
                    if is_new {
                        entry.pace.created(now);
                    } else {
                        entry.pace.written(now);
                    }
                    entry.is_blamed = is_blamed(entry.is_blamed, verdict);
                    entry.memory = Some(status);
                    (entry.failures, entry.not_before) = (0, None);
                } else {
                    self.strays.insert(key.clone(), now + STRAY_GRACE);
                }
            }
            (Ok(_), _) => {
                self.reports.remove(&key);
                self.succeeded();
            }
            (Err(refusal), _) => self.refused(&key, root.as_ref(), &refusal, now),
        }
        let uid = root?;
        if let Some(entry) = self.roots.get_mut(&uid) {
            entry.in_flight = false;
        }
        self.compare(&uid, now);
        self.schedule(&uid, now);
        self.reports.get(&key).is_none().then_some(uid)
    }

    /// Compares anew what is wanted with what stands.
    pub(super) fn compare(&mut self, uid: &Uid, now: Instant) {
        let standing = self.standing(uid).and_then(|s| s.status.clone());
        let Some(entry) = self.roots.get_mut(uid) else { return };
        let Want::Report(wanted) = &entry.want else { return };
        let differs =
            standing.as_ref().map_or(Difference::Verdict, |stands| difference(stands, wanted));
        entry.pace.judged(differs, wanted, false, now);
        if differs == Difference::Nothing {
            entry.want = Want::AsStands;
        }
    }

    fn succeeded(&mut self) {
        if self.pauses > 0 {
            self.pauses = 0;
            tracing::info!("reports are written again");
        }
    }

    /// Says once in a while that something is refused; what comes and goes with the
    /// objects themselves, or is said by the watch of the reports, is no news.
    fn tell_refusal(&mut self, key: &Key, refusal: &Refusal, now: Instant) {
        let (namespace, report) = (&*key.namespace, &*key.name);
        let (reason, message) = (refusal.reason, &refusal.message);
        let is_news = !matches!(
            reason,
            Reason::NoCrd
                | Reason::NoNamespace
                | Reason::Vanished
                | Reason::Conflict
                | Reason::NotLeading
        );
        let was_told = self.told.get(&reason).is_some_and(|told| now - *told < TELL_AGAIN);
        if !is_news || was_told {
            tracing::debug!(namespace, report, message, "could not write a report: {reason}");
            return;
        }
        self.told.insert(reason, now);
        tracing::warn!(
            namespace,
            report,
            message,
            "could not write a report: {reason}; trying again quietly",
        );
    }

    fn refused(&mut self, key: &Key, root: Option<&Uid>, refusal: &Refusal, now: Instant) {
        self.tell_refusal(key, refusal, now);
        if refusal.reason == Reason::Vanished {
            self.reports.remove(key);
        }
        if refusal.reason.concerns_all() {
            self.paused_until = Some(now + doubled(BACKOFF, self.pauses, PAUSE_MAX));
            self.pauses += 1;
        }
        match root.and_then(|root| self.roots.get_mut(root)) {
            Some(entry) => {
                entry.not_before = Some(now + doubled(BACKOFF, entry.failures, BACKOFF_MAX));
                entry.failures += 1;
            }
            None => _ = self.strays.insert(key.clone(), now + STRAY_RETRY),
        }
    }
}

/// Whether the root counts as broken after a verdict: until it is well again.
fn is_blamed(before: bool, verdict: Verdict) -> bool {
    is_bad(verdict) || (before && verdict != Verdict::Healthy)
}

fn tell_verdict(key: &Key, root: &RootRef, status: &Status) {
    tracing::info!(
        namespace = &*key.namespace,
        kind = root.kind,
        name = root.name,
        verdict = status.verdict.as_str(),
        "{}",
        status.summary,
    );
}

fn doubled(first: Duration, times: u32, max: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(max)
}
