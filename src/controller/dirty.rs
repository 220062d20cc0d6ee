//! Which roots are to be judged, and when.
//!
//! The first change of a quiet root is judged at once, so that bad news is not
//! late; further ones wait for the root to settle. A due time is never moved
//! back, so that an object that changes all the time is still judged.

use crate::observe::Uid;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// How long the first change waits for what belongs to it: one write of a controller
/// arrives as several events within a few milliseconds.
const LEAD: Duration = Duration::from_millis(10);
/// How long after a judgement bad news waits, so that a storm of it is judged together.
const REST: Duration = Duration::from_millis(100);
/// How long after a judgement the next one is made at the earliest.
const SETTLE_MIN: Duration = Duration::from_millis(200);
/// The same for a root that keeps changing.
const SETTLE_MAX: Duration = Duration::from_secs(1);
/// A root without changes for so long is quiet again.
const QUIET_AFTER: Duration = Duration::from_secs(3);
/// A wake that is already past would be due for ever.
const WAKE_MIN: Duration = Duration::from_secs(1);

/// The roots that are due, in order of time.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    queue: BTreeSet<(Instant, Uid)>,
    roots: HashMap<Uid, Root>,
}

#[derive(Debug, Default)]
struct Root {
    due: Option<Instant>,
    judged: Option<Instant>,
    settle: Duration,
}

impl Dirty {
    /// A change may concern this root.
    pub(super) fn touch(&mut self, uid: &Uid, now: Instant) {
        let settled = self.roots.get(uid).and_then(|r| Some(r.judged? + r.settle));
        self.set(uid, (now + LEAD).max(settled.unwrap_or(now)));
    }

    /// A change that looks like bad news concerns this root: it waits for no settling.
    pub(super) fn hurry(&mut self, uid: &Uid, now: Instant) {
        let rested = self.roots.get(uid).and_then(|r| Some(r.judged? + REST));
        self.set(uid, (now + LEAD).max(rested.unwrap_or(now)));
    }

    /// The root is to be judged again after `wait`, whatever happens.
    pub(super) fn wake(&mut self, uid: &Uid, wait: Duration, now: Instant) {
        self.set(uid, now + wait.max(WAKE_MIN));
    }

    fn set(&mut self, uid: &Uid, due: Instant) {
        let root = self.roots.entry(uid.clone()).or_default();
        if let Some(sooner) = root.due {
            if sooner <= due {
                return;
            }
            self.queue.remove(&(sooner, uid.clone()));
        }
        root.due = Some(due);
        self.queue.insert((due, uid.clone()));
    }

    /// A root whose time has come; it counts as judged.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Uid> {
        if self.queue.first()?.0 > now {
            return None;
        }
        let (_, uid) = self.queue.pop_first()?;
        let root = self.roots.entry(uid.clone()).or_default();
        let is_quiet = root.judged.is_none_or(|judged| now - judged > QUIET_AFTER);
        root.settle = if is_quiet { SETTLE_MIN } else { (root.settle * 2).min(SETTLE_MAX) };
        root.due = None;
        root.judged = Some(now);
        Some(uid)
    }

    /// How many roots wait.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// When the next root is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(due, _)| *due)
    }

    /// The root is gone.
    pub(super) fn forget(&mut self, uid: &Uid) {
        if let Some(Root { due: Some(due), .. }) = self.roots.remove(uid) {
            self.queue.remove(&(due, uid.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn first_news_is_judged_within_25_ms() {
        let (mut dirty, start) = (Dirty::default(), Instant::now());
        dirty.touch(&Uid::new("a"), start);
        assert!(dirty.next().is_some_and(|due| due - start <= 25 * MS));
        assert_eq!(dirty.pop(start + 25 * MS), Some(Uid::new("a")));
        assert_eq!((dirty.pop(start + 25 * MS), dirty.next()), (None, None));
    }

    #[test]
    fn a_root_that_changes_every_millisecond_is_judged_about_once_a_second() {
        let (mut dirty, start, uid) = (Dirty::default(), Instant::now(), Uid::new("a"));
        let mut judged = Vec::new();
        for ms in 0..10_000 {
            let now = start + ms * MS;
            dirty.touch(&uid, now);
            if dirty.pop(now).is_some() {
                judged.push(ms);
            }
        }
        assert!((10..=15).contains(&judged.len()), "{judged:?}");
        assert!(judged.windows(2).all(|w| w[1] - w[0] <= 1_011), "{judged:?}");
    }

    #[test]
    fn bad_news_does_not_wait_for_a_busy_root_to_settle() {
        let (mut dirty, start, uid) = (Dirty::default(), Instant::now(), Uid::new("a"));
        for ms in 0..5_000 {
            dirty.touch(&uid, start + ms * MS);
            dirty.pop(start + ms * MS);
        }
        let now = start + 5_000 * MS;
        dirty.hurry(&uid, now);
        assert!(dirty.next().is_some_and(|due| due - now <= REST));
    }

    #[test]
    fn a_wake_comes_but_never_at_once_and_never_delays_a_change() {
        let (mut dirty, start, uid) = (Dirty::default(), Instant::now(), Uid::new("a"));
        dirty.wake(&uid, Duration::ZERO, start);
        assert_eq!(dirty.next(), Some(start + WAKE_MIN));
        dirty.touch(&uid, start);
        assert_eq!(dirty.next(), Some(start + LEAD));
        dirty.wake(&uid, 30 * WAKE_MIN, start);
        assert_eq!(dirty.next(), Some(start + LEAD));
        dirty.forget(&uid);
        assert_eq!(dirty.next(), None);
    }
}
