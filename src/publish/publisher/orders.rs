//! What is done next: the roots that are due, and the reports that belong to none.

use super::{Publisher, Root, STRAY_RETRY, Want};
use crate::observe::Uid;
use crate::publish::changed::{difference, first_detail, is_bad, keep_transitions};
use crate::publish::name::Key;
use crate::publish::order::{Notice, Order, Put, Task};
use crate::publish::standing::{Owned, Standing};
use crate::report::{Status, Verdict};
use tokio::time::Instant;

impl Publisher {
    /// When there may be something to order.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        if !self.is_open || self.is_lost || self.in_flight >= self.limits.workers {
            return None;
        }
        let stray = self.strays.values().min().copied();
        let due = [self.queue.next(), stray].into_iter().flatten().min()?;
        [self.paused_until, self.bucket_full_at].into_iter().flatten().chain([due]).max()
    }

    /// What is to be done now. `trusts` says of a kind whether an object of it that
    /// is not known is surely gone.
    pub fn collect(&mut self, trusts: impl Fn(&str) -> bool, now: Instant) -> Vec<Order> {
        if !self.is_open || self.is_lost || self.paused_until.is_some_and(|until| until > now) {
            return Vec::new();
        }
        (self.paused_until, self.bucket_full_at) = (None, None);
        let mut orders = self.collect_strays(trusts, now);
        while self.in_flight < self.limits.workers {
            let Some((uid, is_gentle)) = self.queue.first_due(now) else { break };
            let Some(order) = self.order(&uid, now) else {
                // It is due later than it was when it was queued, or not at all.
                self.schedule(&uid, now);
                continue;
            };
            let reserve = if is_gentle { self.limits.burst / 2 } else { 0 };
            if let Err(wait) = self.bucket.take(cost(&order.task), reserve, now) {
                self.bucket_full_at = Some(now + wait);
                break;
            }
            self.queue.remove(&uid);
            if let Some(entry) = self.roots.get_mut(&uid) {
                entry.in_flight = true;
            }
            self.in_flight += 1;
            orders.push(order);
        }
        orders
    }

    fn collect_strays(&mut self, trusts: impl Fn(&str) -> bool, now: Instant) -> Vec<Order> {
        let due: Vec<Key> =
            self.strays.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
        let mut orders = Vec::new();
        for key in due {
            if self.in_flight >= self.limits.workers {
                break;
            }
            self.strays.remove(&key);
            let Some(report) = self.reports.get(&key) else { continue };
            if self.holders.contains_key(&key) {
                // The root's own schedule sets right what stands on its name.
                continue;
            }
            let root = report.root.as_ref();
            let is_known = root.is_some_and(|root| self.roots.contains_key(&Uid::new(&root.uid)));
            if !is_known && !root.is_none_or(|root| trusts(&root.kind)) {
                self.strays.insert(key, now + STRAY_RETRY);
                continue;
            }
            if let Err(wait) = self.bucket.take(1, 0, now) {
                self.strays.insert(key, now + wait);
                break;
            }
            self.in_flight += 1;
            let task = Task::Remove { uid: report.uid.clone() };
            self.strays.insert(key.clone(), now + STRAY_RETRY);
            orders.push(Order { key, root: None, task });
        }
        orders
    }

    /// Puts a root where it belongs in the queue.
    pub(super) fn schedule(&mut self, uid: &Uid, now: Instant) {
        self.queue.remove(uid);
        let Some(entry) = self.roots.get(uid) else { return };
        if entry.in_flight {
            return;
        }
        let Some(due) = self.due(uid, entry, now) else { return };
        let due = entry.not_before.map_or(due, |not_before| due.max(not_before));
        let is_gentle = matches!(&entry.want, Want::Report(status) if !is_bad(status.verdict))
            && !entry.is_blamed;
        self.queue.insert(uid, due, is_gentle);
    }

    /// When something is to be done for a root.
    fn due(&self, uid: &Uid, entry: &Root, now: Instant) -> Option<Instant> {
        let key = self.names.key_of(uid)?;
        let Some(standing) = self.reports.get(&key) else {
            let Want::Report(status) = &entry.want else { return None };
            if entry.is_ending {
                return None;
            }
            return entry.pace.creation(status);
        };
        match &entry.want {
            _ if !standing.is_about(uid) => Some(now),
            Want::Nothing => Some(now),
            // A root that is being deleted may have let go of what it owns.
            _ if standing.owned != Owned::Plainly => (!entry.is_ending).then_some(now),
            Want::AsStands => None,
            Want::Report(status) => {
                let due = match &standing.status {
                    None => entry.pace.creation(status),
                    Some(stands) => entry.pace.due(stands.verdict),
                }?;
                let is_doubt =
                    status.verdict == Verdict::Unknown || entry.pace.is_about_freshness();
                let doubt_until = self.doubt_until.filter(|_| is_doubt);
                Some(doubt_until.map_or(due, |until| due.max(until)))
            }
        }
    }

    /// What is to be done for a root now.
    fn order(&self, uid: &Uid, now: Instant) -> Option<Order> {
        let entry = self.roots.get(uid)?;
        let key = self.names.key_of(uid)?;
        if self.due(uid, entry, now)? > now {
            return None;
        }
        let standing = self.reports.get(&key);
        let is_wrong = |s: &&Standing| {
            !s.is_about(uid) || s.owned == Owned::Otherwise || matches!(entry.want, Want::Nothing)
        };
        let root = Some(uid.clone());
        if let Some(wrong) = standing.filter(is_wrong) {
            return Some(Order { key, root, task: Task::Remove { uid: wrong.uid.clone() } });
        }
        let stands = standing.filter(|s| s.owned == Owned::Plainly);
        let said = standing.and_then(|s| s.status.as_deref());
        let mut status = match &entry.want {
            Want::Report(status) => Status::clone(status),
            Want::AsStands => said?.clone(),
            Want::Nothing => return None,
        };
        keep_transitions(said, &mut status);
        tell_why(&key, said, &status);
        let notice = match (entry.is_blamed, status.verdict) {
            (false, Verdict::Failing | Verdict::Stuck) => Some(Notice::Blamed),
            (true, Verdict::Healthy) => Some(Notice::Recovered),
            _ => None,
        };
        let put = Put {
            root: entry.reference.clone(),
            stands: stands.map(|s| (s.uid.clone(), s.generation)),
            status,
            notice,
        };
        Some(Order { key, root, task: Task::Put(Box::new(put)) })
    }
}

/// How many requests a task takes.
fn cost(task: &Task) -> u32 {
    match task {
        Task::Remove { .. } => 1,
        Task::Put(put) => 1 + u32::from(put.stands.is_none()) + u32::from(put.notice.is_some()),
    }
}

/// Says in the log, for whoever wonders, why a status is written.
fn tell_why(key: &Key, said: Option<&Status>, status: &Status) {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let why = said.map(|said| difference(said, status));
    let detail = said.and_then(|said| first_detail(said, status));
    tracing::debug!(namespace = &*key.namespace, report = &*key.name, ?why, detail, "writing");
}
