//! The same answer offline: from the text of a dump or a recording to a graph.
//!
//! A *dump* is YAML documents or JSON of Kubernetes objects and Lists, as
//! `kubectl get -o yaml --show-managed-fields` prints them. A *recording* is watch
//! events `{"type":"MODIFIED","object":{…},"at":"…"}`, one after the other, as
//! `kubectl get -w --output-watch-events -o json` prints them. Both are replayed
//! so that the order in which the kinds arrived does not show in the answer. No
//! file is opened here and no clock is read.

mod document;
mod play;
mod times;
mod yaml;

pub use play::Play;

use crate::graph::{Freshness, Graph};
use crate::observe::{Audit, Detail, KINDS, KindInfo, Observed, Part, Secret, Uid, Watched};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// What one or more texts hold, read but not yet replayed.
#[derive(Debug, Default)]
pub struct Input {
    entries: Vec<Entry>,
    /// The writes that audit records tell of.
    audits: Vec<Audit>,
    /// The newest time that a recording's bookmarks name.
    bookmark: Option<Timestamp>,
}

/// One object of a dump, or one event of a recording.
#[derive(Debug)]
struct Entry {
    observed: Observed,
    deleted: bool,
    source: Source,
    /// The receive time the recording gives, or else the newest time the object itself names.
    at: Option<Timestamp>,
}

impl Entry {
    /// Tells a graph of it, as received at `at`.
    fn enter(self, graph: &mut Graph, at: Timestamp) {
        if self.deleted {
            graph.gone(self.observed, at);
        } else {
            graph.see(self.observed, at);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Dump,
    Recording,
}

/// A replayed input.
#[derive(Debug)]
pub struct Replay {
    /// Every object, with what the recording showed of earlier versions.
    pub graph: Graph,
    /// The clock: as asked for, or the newest time in the data.
    pub now: Timestamp,
}

/// Reads a dump or a recording.
///
/// # Errors
/// At the first document that cannot be read; nothing of the text is kept then.
pub fn read(text: &str) -> Result<Input, Error> {
    document::read(text)
}

/// One version of an object as a text holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verbatim {
    /// The object, as JSON.
    pub json: String,
    /// Whether this is the last version of an object that was deleted.
    pub deleted: bool,
}

/// Reads the objects of a dump or a recording as they stand, for who shows whole objects.
///
/// # Errors
/// As [`read`].
pub fn verbatim(text: &str) -> Result<Vec<Verbatim>, Error> {
    document::verbatim(text)
}

impl Input {
    /// Adds what another text holds.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.audits.extend(other.audits);
        self.bookmark = self.bookmark.max(other.bookmark);
    }

    /// How many objects and events it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether no object in it was ever in a cluster: manifests, not a dump.
    #[must_use]
    pub fn is_manifests(&self) -> bool {
        let in_cluster = |e: &Entry| {
            e.observed.meta.created.is_some() || !e.observed.meta.resource_version.is_empty()
        };
        !self.is_empty() && !self.entries.iter().any(in_cluster)
    }

    /// The newest time in the data.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.entries.iter().filter_map(|e| e.at).max().max(self.bookmark)
    }

    /// Every object as it stands, each with the newest time it names, for a graph that
    /// someone else keeps.
    pub fn into_objects(self) -> impl Iterator<Item = (Observed, Option<Timestamp>)> {
        self.entries.into_iter().map(|entry| (entry.observed, entry.at))
    }

    /// Replays it. `now` fixes the clock; by default it is the newest time in the data.
    #[must_use]
    pub fn replay(mut self, now: Option<Timestamp>) -> Replay {
        let now = now.or_else(|| self.newest()).unwrap_or_default();
        self.set_receive_times(now);
        self.sort();
        let mut graph = Graph::new();
        self.set_freshness(&mut graph);
        for entry in self.entries {
            let at = entry.at.unwrap_or(now);
            entry.enter(&mut graph, at);
        }
        graph.set_audits(self.audits);
        Replay { graph, now }
    }

    /// An object of a dump was received at the end of everything; a version of a
    /// recording not before the version that precedes it.
    fn set_receive_times(&mut self, now: Timestamp) {
        let mut newest: HashMap<Uid, Timestamp> = HashMap::new();
        for entry in &mut self.entries {
            if entry.source == Source::Dump {
                entry.at = Some(now);
                continue;
            }
            let newest = newest.entry(entry.observed.meta.uid.clone()).or_insert(Timestamp::MIN);
            *newest = entry.at.map_or(*newest, |at| at.max(*newest));
            entry.at = Some(*newest).filter(|at| *at > Timestamp::MIN);
        }
    }

    /// By receive time, and within one moment by object, so that the watches' interleaving
    /// cannot show; the sort is stable, so one object's recorded versions stay in order.
    fn sort(&mut self) {
        self.entries.sort_by(|a, b| {
            let key = |e: &Entry| (e.at, e.source == Source::Dump);
            let (x, y) = (&a.observed.meta, &b.observed.meta);
            key(a)
                .cmp(&key(b))
                .then_with(|| x.type_ref.kind.cmp(&y.type_ref.kind))
                .then_with(|| x.uid.cmp(&y.uid))
                .then_with(|| match a.source {
                    Source::Recording => std::cmp::Ordering::Equal,
                    // Two dumps of one object: the newer version has the last word.
                    Source::Dump => version(x).cmp(&version(y)),
                })
        });
    }

    /// The kinds of which it holds nothing, though its workloads say that they have some: who
    /// dumps a Deployment alone leaves out what says how it is.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        let holds =
            |kind: &str| self.entries.iter().any(|e| &*e.observed.meta.type_ref.kind == kind);
        let has_pods = |e: &Entry| match &e.observed.detail {
            Detail::Workload(work) => !e.deleted && work.status.replicas > 0,
            _ => false,
        };
        let by = |kind: Option<&str>| {
            let is_of = |e: &&Entry| kind.is_none_or(|k| &*e.observed.meta.type_ref.kind == k);
            self.entries.iter().filter(is_of).any(has_pods)
        };
        let mut lacks = Vec::new();
        if !holds("Pod") && by(None) {
            lacks.push("Pod");
        }
        if !holds("ReplicaSet") && by(Some("Deployment")) {
            lacks.push("ReplicaSet");
        }
        lacks
    }

    /// The file is what it is: its chain kinds are complete, unless it says itself that they are
    /// not, and of the others those it holds.
    fn set_freshness(&self, graph: &mut Graph) {
        let lacks = self.lacks();
        let held: BTreeSet<&str> =
            self.entries.iter().map(|e| &*e.observed.meta.type_ref.kind).collect();
        let optional: [KindInfo; 1] = [Secret::KIND];
        for kind in KINDS.iter().chain(&optional) {
            let is_known = kind.part == Part::Chain || held.contains(kind.kind);
            let freshness = match is_known {
                _ if lacks.contains(&kind.kind) => Freshness::Unsynced,
                true => Freshness::Synced,
                false => Freshness::Absent,
            };
            graph.set_freshness(kind, freshness);
        }
    }
}

/// Resource versions are numbers in every API server that is known; others sort first.
fn version(meta: &crate::observe::Meta) -> Option<u128> {
    meta.resource_version.parse().ok()
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which document or event of the text, from 1.
    pub document: usize,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}, line {}: {}", self.document, self.line, self.what)
    }
}

impl std::error::Error for Error {}
