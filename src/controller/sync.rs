//! How current each kind is, over all the lists that make it up, and when the
//! first picture is complete.

use crate::graph::Freshness;
use crate::observe::{KindInfo, Part};
use crate::watch::{Origin, REPORT_KIND, Setup};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long the first picture waits for kinds that only lower confidence.
const INPUT_PATIENCE: Duration = Duration::from_secs(20);
/// How long it waits for kinds without which nothing can be judged healthy.
const CHAIN_PATIENCE: Duration = Duration::from_mins(2);

/// Whether the controller has read the cluster once.
#[derive(Clone, Debug, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// It has.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The lists that are followed.
#[derive(Debug)]
pub(super) struct Lists {
    known: BTreeMap<Origin, (Part, Freshness)>,
    begun: Instant,
    chain_since: Option<Instant>,
}

impl Lists {
    /// Every list that [`crate::watch::start`] follows, none of them read yet.
    pub(super) fn new(setup: &Setup, now: Instant) -> Self {
        let lists = setup.kinds().chain([&REPORT_KIND]).flat_map(|kind| {
            setup.namespaces(kind.scope).into_iter().map(|namespace| {
                (Origin { name: kind.list_name(), namespace }, (kind.part, Freshness::Unsynced))
            })
        });
        Self { known: lists.collect(), begun: now, chain_since: None }
    }

    /// Takes in what a watch says of its list, and returns how current the whole kind is.
    pub(super) fn set(
        &mut self,
        kind: &KindInfo,
        origin: Origin,
        freshness: Freshness,
    ) -> Freshness {
        self.known.insert(origin, (kind.part, freshness));
        self.of(&kind.list_name())
    }

    /// How current a kind is: as its worst list.
    pub(super) fn of(&self, name: &str) -> Freshness {
        let lists = self.known.iter().filter(|(origin, _)| origin.name == name);
        lists
            .map(|(_, (_, freshness))| freshness)
            .max_by_key(|freshness| severity(freshness))
            .cloned()
            .unwrap_or(Freshness::Absent)
    }

    /// The kinds whose lists are followed, and how current each is.
    pub(super) fn kinds(&self) -> BTreeMap<&str, Freshness> {
        self.known.keys().map(|origin| (&*origin.name, self.of(&origin.name))).collect()
    }

    /// Whether a kind is out of reach on purpose: it is in no namespace, and single ones are
    /// followed.
    pub(super) fn is_withheld(&self, name: &str) -> bool {
        let in_none = |origin: &Origin| origin.name == name && origin.namespace.is_none();
        self.known.keys().any(|origin| origin.namespace.is_some())
            && self.known.keys().any(in_none)
            && self.of(name) == Freshness::Forbidden
    }

    /// How many lists have lost touch with the server.
    pub(super) fn stale(&self) -> usize {
        self.known.values().filter(|(_, freshness)| *freshness == Freshness::Stale).count()
    }

    /// Whether the first picture is complete, or as complete as it is going to be.
    ///
    /// The reports are always waited for: without them every root would look new.
    pub(super) fn is_complete(&mut self, now: Instant) -> bool {
        let waits = |name: Option<&str>, part: Part| {
            self.known.iter().any(|(origin, (p, freshness))| {
                *freshness == Freshness::Unsynced
                    && *p == part
                    && name.is_none_or(|name| name == origin.name)
            })
        };
        if waits(Some(REPORT_KIND.kind), Part::Input) {
            return false;
        }
        let has_chain = !waits(None, Part::Chain) || now - self.begun > CHAIN_PATIENCE;
        if !has_chain {
            return false;
        }
        let since = *self.chain_since.get_or_insert(now);
        !waits(None, Part::Input) || now - since > INPUT_PATIENCE
    }
}

fn severity(freshness: &Freshness) -> u8 {
    match freshness {
        Freshness::Synced => 0,
        Freshness::Absent => 1,
        Freshness::Forbidden => 2,
        Freshness::Stale => 3,
        Freshness::Unsynced => 4,
    }
}
