//! The roots for which something is to be done: bad news before the rest.

use crate::observe::Uid;
use std::collections::{BTreeSet, HashMap};
use tokio::time::Instant;

/// Two queues by time, and where each root stands.
#[derive(Debug, Default)]
pub(super) struct Queue {
    urgent: BTreeSet<(Instant, Uid)>,
    gentle: BTreeSet<(Instant, Uid)>,
    places: HashMap<Uid, (Instant, bool)>,
}

impl Queue {
    /// Puts a root into the queue, wherever it stood before.
    pub(super) fn insert(&mut self, uid: &Uid, due: Instant, is_gentle: bool) {
        self.remove(uid);
        self.places.insert(uid.clone(), (due, is_gentle));
        self.side(is_gentle).insert((due, uid.clone()));
    }

    /// Takes a root out.
    pub(super) fn remove(&mut self, uid: &Uid) {
        if let Some((due, is_gentle)) = self.places.remove(uid) {
            self.side(is_gentle).remove(&(due, uid.clone()));
        }
    }

    /// The first root that is due, and whether it can wait for quieter times.
    pub(super) fn first_due(&self, now: Instant) -> Option<(Uid, bool)> {
        [(&self.urgent, false), (&self.gentle, true)].into_iter().find_map(|(side, is_gentle)| {
            let (due, uid) = side.first()?;
            (*due <= now).then(|| (uid.clone(), is_gentle))
        })
    }

    /// How many roots wait.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// When the next root is due.
    pub(super) fn next(&self) -> Option<Instant> {
        [&self.urgent, &self.gentle].into_iter().filter_map(|s| Some(s.first()?.0)).min()
    }

    fn side(&mut self, is_gentle: bool) -> &mut BTreeSet<(Instant, Uid)> {
        if is_gentle { &mut self.gentle } else { &mut self.urgent }
    }
}
