//! The decisions: what each root's report is to say, and what is done next.

mod first;
mod orders;
mod outcomes;

use super::changed::{Difference, difference, has_moved, is_bad};
use super::name::{Key, Names};
use super::order::Reason;
use super::pace::Pace;
use super::queue::Queue;
use super::standing::{Owned, Reports, Standing};
use crate::bucket::Bucket;
use crate::observe::{Meta, Uid};
use crate::report::{RootRef, Status};
use crate::watch::SeenReport;
use first::First;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a report without a root is left to the garbage collector, whose work it is.
const STRAY_GRACE: Duration = Duration::from_secs(10);
/// How long a report that is not as it should be is left alone: the garbage collector
/// takes owner references off what a deletion orphans, just before the root goes.
const REPAIR_HOLD: Duration = Duration::from_secs(2);
/// How long after the start a report may wait for its root to be judged.
const START_GRACE: Duration = Duration::from_secs(20);
/// When a stray is looked at again whose kind cannot be read now.
const STRAY_RETRY: Duration = Duration::from_mins(1);
/// How long after the API server was back a picture may still be incomplete.
const DOUBT: Duration = Duration::from_secs(30);

/// How fast is written.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Orders at the same time.
    pub workers: usize,
    /// Requests per second.
    pub per_second: u32,
    /// Requests in a burst.
    pub burst: u32,
}

/// Decides what is written; see the module's description.
#[derive(Debug)]
pub struct Publisher {
    limits: Limits,
    bucket: Bucket,
    names: Names,
    holders: HashMap<Key, Uid>,
    roots: HashMap<Uid, Root>,
    reports: Reports,
    strays: BTreeMap<Key, Instant>,
    queue: Queue,
    in_flight: usize,
    is_open: bool,
    is_lost: bool,
    doubt_until: Option<Instant>,
    pauses: u32,
    paused_until: Option<Instant>,
    bucket_full_at: Option<Instant>,
    told: BTreeMap<Reason, Instant>,
}

#[derive(Debug)]
struct Root {
    reference: RootRef,
    /// The name its report has.
    key: Option<Key>,
    want: Want,
    /// Whether it is being deleted: then nothing new is made for it.
    is_ending: bool,
    pace: Pace,
    in_flight: bool,
    failures: u32,
    not_before: Option<Instant>,
    /// Whether the root was last told that it is broken.
    is_blamed: bool,
    first: First,
    /// What was last said of it: what Kubernetes forgot may stand only there.
    memory: Option<Arc<Status>>,
}

#[derive(Debug)]
enum Want {
    /// Whatever stands: it says what is to be said, or nothing was judged yet.
    AsStands,
    /// A report that says this.
    Report(Box<Status>),
    /// No report.
    Nothing,
}

impl Publisher {
    /// A publisher that knows of nothing, and does nothing until [`open`](Self::open).
    #[must_use]
    pub fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            bucket: Bucket::new(limits.per_second, limits.burst, now),
            names: Names::default(),
            holders: HashMap::new(),
            roots: HashMap::new(),
            reports: Reports::default(),
            strays: BTreeMap::new(),
            queue: Queue::default(),
            in_flight: 0,
            is_open: false,
            is_lost: false,
            doubt_until: None,
            pauses: 0,
            paused_until: None,
            bucket_full_at: None,
            told: BTreeMap::new(),
        }
    }

    /// What the report of this very root last said, or an earlier process had it say.
    ///
    /// What somebody else wrote into a report of ours is no memory of ours.
    #[must_use]
    pub fn memory(&self, root: &Uid) -> Option<&Status> {
        let remembered = self.roots.get(root).and_then(|entry| entry.memory.as_deref());
        remembered.or_else(|| self.reports.about(root)?.status.as_deref())
    }

    /// Reports can be written from now on: they are listed, and every root is being judged.
    pub fn open(&mut self, now: Instant) {
        if !self.is_open {
            self.is_open = true;
            let keys = self.reports.keys().filter(|key| !self.holders.contains_key(*key)).cloned();
            self.strays.extend(keys.map(|key| (key, now + START_GRACE)));
        }
    }

    /// Reports cannot be written: their kind is not there, or may not be read.
    pub fn close(&mut self) {
        self.is_open = false;
        self.is_lost = false;
        self.reports.clear();
        self.strays.clear();
    }

    /// The API server is lost: nothing can be written.
    pub fn lose(&mut self) {
        self.is_lost = true;
    }

    /// It is back; what the watches missed is on its way.
    pub fn regain(&mut self, now: Instant) {
        self.is_lost = false;
        self.doubt_until = Some(now + DOUBT);
    }

    /// Another instance writes: everything is forgotten but what stands.
    pub fn stand_by(&mut self, now: Instant) {
        let fresh = Self::new(self.limits, now);
        let before = std::mem::replace(self, fresh);
        // Orders that are under way come back, whoever leads by then.
        (self.reports, self.in_flight) = (before.reports, before.in_flight);
        (self.told, self.is_lost) = (before.told, before.is_lost);
    }

    /// How many reports wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.strays.len()
    }

    /// What is said of each root, or is about to be: namespace, root, status.
    pub fn said(&self) -> impl Iterator<Item = (&str, &RootRef, &Status)> {
        self.roots.values().filter_map(|entry| {
            let namespace = &*entry.key.as_ref()?.namespace;
            let status = match &entry.want {
                Want::Report(status) => status,
                Want::AsStands => entry.memory.as_deref()?,
                Want::Nothing => return None,
            };
            Some((namespace, &entry.reference, status))
        })
    }

    /// What a human wants to know of a root's report.
    #[must_use]
    pub fn about(&self, root: &Uid) -> Option<serde_json::Value> {
        let entry = self.roots.get(root)?;
        let want = match &entry.want {
            Want::AsStands => "as it stands",
            Want::Report(_) => "to be written",
            Want::Nothing => "none",
        };
        Some(serde_json::json!({
            "name": entry.key.as_ref().map(|key| &*key.name),
            "want": want,
            "isBeingWritten": entry.in_flight,
            "failures": entry.failures,
            "verdict": self.memory(root).map(|said| said.verdict),
            "since": self.memory(root).map(|said| said.since),
        }))
    }

    /// A root is there. Every root of the first picture is admitted before the first
    /// is judged, so that names do not depend on the order of judgements.
    pub fn admit(&mut self, root: &Meta, now: Instant) {
        if self.roots.contains_key(&root.uid) {
            return;
        }
        let memory = self.reports.about(&root.uid).and_then(|report| report.status.clone());
        let is_blamed = memory.as_ref().is_some_and(|said| is_bad(said.verdict));
        let reference = RootRef {
            api_version: root.type_ref.api_version.to_string(),
            kind: root.type_ref.kind.to_string(),
            name: root.name.to_string(),
            uid: root.uid.to_string(),
        };
        let entry = Root {
            reference,
            key: None,
            want: Want::AsStands,
            is_ending: false,
            pace: Pace::default(),
            in_flight: false,
            failures: 0,
            not_before: None,
            is_blamed,
            first: First::Awaited,
            memory,
        };
        self.roots.insert(root.uid.clone(), entry);
        for uid in self.names.claim(root) {
            self.hold(&uid, now);
        }
    }

    /// The report of a root is to say this; nothing is made for a root that `is_ending`.
    pub fn offer(&mut self, root: &Meta, mut status: Status, is_ending: bool, now: Instant) {
        self.admit(root, now);
        let standing = self.standing(&root.uid).and_then(|s| s.status.clone());
        let Some(entry) = self.roots.get_mut(&root.uid) else { return };
        if let Want::Report(before) = &entry.want
            && before.verdict == status.verdict
            && standing.as_ref().is_none_or(|stands| stands.verdict != status.verdict)
        {
            // A verdict that waits to be written is no younger for it.
            status.since = status.since.min(before.since);
        }
        entry.is_ending = is_ending;
        let mut differs =
            standing.as_ref().map_or(Difference::Verdict, |stands| difference(stands, &status));
        if entry.first.excuses(standing.as_deref(), &status, differs) {
            differs = Difference::Nothing;
        }
        let before = match &entry.want {
            Want::Report(before) => Some(&**before),
            Want::AsStands => standing.as_deref(),
            Want::Nothing => None,
        };
        let has_moved = before.is_none_or(|before| has_moved(before, &status));
        entry.pace.judged(differs, &status, has_moved, now);
        let says_all = differs == Difference::Nothing;
        entry.want = if says_all { Want::AsStands } else { Want::Report(Box::new(status)) };
        self.schedule(&root.uid, now);
    }

    /// A root is to have no report.
    pub fn decline(&mut self, root: &Meta, now: Instant) {
        self.admit(root, now);
        if let Some(entry) = self.roots.get_mut(&root.uid) {
            entry.want = Want::Nothing;
        }
        self.schedule(&root.uid, now);
    }

    /// A root is gone, and its report with it.
    pub fn retire(&mut self, uid: &Uid, now: Instant) {
        if self.roots.remove(uid).is_none() {
            return;
        }
        self.queue.remove(uid);
        if let Some(key) = self.names.key_of(uid) {
            if self.holders.get(&key) == Some(uid) {
                self.holders.remove(&key);
            }
            self.strays.insert(key, now + STRAY_GRACE);
        }
        for other in self.names.release(uid) {
            self.hold(&other, now);
        }
    }

    /// A list of reports begins.
    pub fn begin_list(&mut self, namespace: Option<Arc<str>>) {
        self.reports.begin_list(namespace);
    }

    /// It ended. Returns the roots whose reports it did not name.
    pub fn end_list(&mut self, namespace: Option<&Arc<str>>, now: Instant) -> Vec<Uid> {
        let unnamed = self.reports.end_list(namespace);
        for key in &unnamed {
            self.reports.remove(key);
        }
        unnamed.iter().filter_map(|key| self.holder_of(key, now)).collect()
    }

    /// A report was seen. Returns the root that is to be judged again for it.
    pub fn report_seen(&mut self, seen: SeenReport, now: Instant) -> Option<Uid> {
        let key = self.reports.seen(seen)?;
        self.holder_of(&key, now)
    }

    /// A report was deleted. Returns the root that is to be judged again for it.
    pub fn report_gone(&mut self, seen: &SeenReport, now: Instant) -> Option<Uid> {
        let key = self.reports.gone(seen)?;
        self.holder_of(&key, now)
    }
}

impl Publisher {
    fn standing(&self, root: &Uid) -> Option<&Standing> {
        let key = self.names.key_of(root)?;
        self.reports.get(&key).filter(|report| report.is_about(root))
    }

    /// Gives a root the name that is its own now; what stands under another is a stray.
    fn hold(&mut self, uid: &Uid, now: Instant) {
        let Some(key) = self.names.key_of(uid) else { return };
        let Some(entry) = self.roots.get_mut(uid) else { return };
        let before = entry.key.replace(key.clone());
        if let Some(before) = before.filter(|before| *before != key) {
            if self.holders.get(&before) == Some(uid) {
                self.holders.remove(&before);
            }
            self.strays.insert(before, now);
        }
        self.holders.insert(key, uid.clone());
        self.compare(uid, now);
        self.schedule(uid, now);
    }

    /// The root whose report has this name; without one, what stands there is a stray.
    fn holder_of(&mut self, key: &Key, now: Instant) -> Option<Uid> {
        let holder = self.holders.get(key).cloned();
        let is_wrong = self.reports.get(key).is_some_and(|report| {
            report.owned != Owned::Plainly || !holder.as_ref().is_some_and(|h| report.is_about(h))
        });
        match &holder {
            Some(uid) => {
                if let Some(entry) = self.roots.get_mut(uid).filter(|_| is_wrong) {
                    entry.not_before = entry.not_before.max(Some(now + REPAIR_HOLD));
                }
                self.schedule(uid, now);
            }
            None if self.is_open && self.reports.get(key).is_some() => {
                self.strays.entry(key.clone()).or_insert(now + STRAY_GRACE);
            }
            None => {}
        }
        holder
    }
}
