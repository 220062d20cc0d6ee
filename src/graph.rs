//! The owner graph: every observed object, who owns whom, and what must be remembered.
//!
//! Objects are keyed by UID; an owner is the object named by a *controller*
//! owner reference, matched by UID in the same namespace; the *root* is the
//! topmost workload of that climb. The graph knows no failure: it answers
//! questions about objects, and says which roots a change may concern.

mod intern;
mod memory;
mod objects;
mod owner;
mod reads;
mod said;

pub use memory::{Edit, Edited, Memory, Run};

use crate::observe::{
    Audit, Detail, Event, Fields, KINDS, KindInfo, Meta, Observed, Ownership, TypeRef, Uid,
};
use intern::Interner;
use jiff::Timestamp;
use objects::{Names, Objects, lookup_kind};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// How many deleted objects are kept as evidence.
const MAX_TOMBSTONES: usize = 10_000;
/// How long a deleted object is kept, in seconds: as long as its Events live by default.
const TOMBSTONE_SECONDS: i64 = 3_600;
/// How many events are kept of one object; the newest win.
const MAX_EVENTS: usize = 24;

/// How current a kind's watch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The initial list is not complete yet.
    Unsynced,
    /// Listed and followed.
    Synced,
    /// Synced once, but not heard of for too long.
    Stale,
    /// The API server refuses it.
    Forbidden,
    /// The cluster does not have it, or a dump holds none of it.
    Absent,
}

/// One object of the graph.
#[derive(Clone, Debug)]
pub struct Object {
    /// Identity, owners, times, marks.
    pub meta: Meta,
    /// Who wrote which field.
    pub ownership: Arc<Ownership>,
    /// What its kind has.
    pub detail: Detail,
    /// A pod's own spec as fields; empty for other kinds.
    pub fields: Arc<crate::observe::Fields>,
    /// What was seen of earlier versions.
    pub memory: Memory,
    /// When its deletion was seen; `None` while it lives.
    pub gone: Option<Timestamp>,
    epoch: u32,
}

impl Object {
    /// The kind's name.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.meta.type_ref.kind
    }

    /// The fields that are kept of a plain kind: a Node, a quota, a webhook configuration.
    /// `None` for kinds with a shape of their own.
    #[must_use]
    pub fn plain_fields(&self) -> Option<&Fields> {
        match &self.detail {
            Detail::Plain(plain) => Some(&plain.fields),
            _ => None,
        }
    }
}

/// The roots that a change may concern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched(pub BTreeSet<Uid>);

/// What a judgement looked up besides its own chain: a kind in a namespace, and a
/// name, or `None` for every object of the kind there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup {
    /// Kind.
    pub kind: Arc<str>,
    /// Namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<Arc<str>>,
    /// Name, or `None` for all.
    pub name: Option<Arc<str>>,
}

/// Group and kind: what a kind is known by, whatever its version. A kind's name alone
/// may be another group's too (Kruise has a `StatefulSet`).
type GroupKind = (Cow<'static, str>, Cow<'static, str>);

fn group_kind(kind: &KindInfo) -> GroupKind {
    (Cow::Borrowed(kind.group), Cow::Borrowed(kind.kind))
}

type NameKey = (Arc<str>, Option<Arc<str>>, Arc<str>);

/// Every observed object.
#[derive(Debug, Default)]
pub struct Graph {
    objects: Objects,
    children: HashMap<Uid, BTreeSet<Uid>>,
    names: Names,
    events: HashMap<Uid, Vec<Event>>,
    node_events: BTreeMap<Arc<str>, Vec<Event>>,
    tombstones: VecDeque<(Timestamp, Uid)>,
    freshness: BTreeMap<GroupKind, Freshness>,
    epochs: HashMap<GroupKind, BTreeMap<Option<Arc<str>>, u32>>,
    readers: BTreeMap<Arc<Lookup>, BTreeSet<Uid>>,
    /// Sorted.
    reads: HashMap<Uid, Box<[Arc<Lookup>]>>,
    audits: BTreeMap<NameKey, Vec<Audit>>,
    blaming: BTreeMap<Arc<str>, BTreeSet<Uid>>,
    causes: HashMap<Uid, BTreeSet<Arc<str>>>,
    interner: Interner,
}

impl Graph {
    /// An empty graph in which every kind is unsynced.
    #[must_use]
    pub fn new() -> Self {
        let freshness = KINDS.iter().map(|kind| (group_kind(kind), Freshness::Unsynced)).collect();
        Self { freshness, ..Self::default() }
    }

    /// Says how current a kind is; every root is touched when that changed.
    pub fn set_freshness(&mut self, kind: &KindInfo, freshness: Freshness) -> bool {
        self.freshness.insert(group_kind(kind), freshness.clone()) != Some(freshness)
    }

    /// How current a kind is; kinds that are not watched are absent.
    #[must_use]
    pub fn freshness_of(&self, kind: &KindInfo) -> &Freshness {
        self.freshness.get(&group_kind(kind)).unwrap_or(&Freshness::Absent)
    }

    /// How current the kinds of this name are: where two groups have one, the first that
    /// cannot be trusted.
    #[must_use]
    pub fn freshness(&self, kind: &str) -> &Freshness {
        let mut named = self.freshness.iter().filter(|((_, name), _)| name == kind).map(|(_, f)| f);
        let first = named.next().unwrap_or(&Freshness::Absent);
        if *first == Freshness::Synced {
            named.find(|f| !matches!(f, Freshness::Synced | Freshness::Absent)).unwrap_or(first)
        } else {
            first
        }
    }

    /// Begins a full list of a kind: what it does not name by [`end_list`](Self::end_list) is gone.
    pub fn begin_list(&mut self, kind: &KindInfo) {
        self.begin_list_in(kind, None);
    }

    /// Ends a full list of a kind, received at `at`.
    pub fn end_list(&mut self, kind: &KindInfo, at: Timestamp) -> Touched {
        self.end_list_in(kind, None, at)
    }

    /// Begins a list of a kind that is full for one namespace, or for all where that is `None`.
    pub fn begin_list_in(&mut self, kind: &KindInfo, namespace: Option<&Arc<str>>) {
        *self.epochs.entry(group_kind(kind)).or_default().entry(namespace.cloned()).or_default() +=
            1;
    }

    /// Ends such a list, received at `at`.
    pub fn end_list_in(
        &mut self,
        kind: &KindInfo,
        namespace: Option<&Arc<str>>,
        at: Timestamp,
    ) -> Touched {
        let type_ref = kind.type_ref();
        let unseen: Vec<Uid> = self
            .objects
            .iter()
            .filter(|o| o.gone.is_none() && o.meta.type_ref == type_ref)
            .filter(|o| namespace.is_none() || o.meta.namespace.as_ref() == namespace)
            .filter(|o| o.epoch != self.epoch(&o.meta))
            .map(|o| o.meta.uid.clone())
            .collect();
        let mut touched = Touched::default();
        for uid in unseen {
            touched.0.extend(self.bury(&uid, at).0);
        }
        touched
    }

    /// Takes in one version of an object, received at `at`.
    pub fn see(&mut self, observed: Observed, at: Timestamp) -> Touched {
        if let Detail::Event(event) = observed.detail {
            return self.see_event(*event);
        }
        let uid = observed.meta.uid.clone();
        let epoch = self.epoch(&observed.meta);
        let Some(known) = self.objects.get_mut(&uid) else {
            let mut object = Box::new(memory::begin(observed, at));
            let bearer = self.names.bearer(&object.meta);
            if let Some(before) = bearer.and_then(|uid| self.objects.get(uid)) {
                memory::replace(&mut object, before, at);
            }
            return self.keep(object, epoch);
        };
        let version = &observed.meta.resource_version;
        if known.gone.is_some() || known.meta.resource_version == *version && !version.is_empty() {
            // A duplicate, or the last word on an object whose deletion was seen first.
            known.epoch = epoch;
            return Touched::default();
        }
        // A new owner touches the root it had before as well.
        let moved = known.meta.owners != observed.meta.owners;
        let mut touched = Touched::default();
        if moved {
            touched.0.extend(self.root_of(&uid));
        }
        let Some(before) = self.objects.remove(&uid) else { return touched };
        if moved {
            self.unlink(&before);
        }
        let object = memory::follow(*before, observed, at);
        touched.0.extend(self.keep(Box::new(object), epoch).0);
        touched
    }

    /// Takes in the deletion of an object, whose last version is `observed`, seen at `at`.
    pub fn gone(&mut self, observed: Observed, at: Timestamp) -> Touched {
        if matches!(observed.detail, Detail::Event(_)) {
            // An expired event said what it said.
            return Touched::default();
        }
        let uid = observed.meta.uid.clone();
        let mut touched = self.see(observed, at);
        touched.0.extend(self.bury(&uid, at).0);
        touched
    }

    /// Forgets tombstones that are older than they can matter at `now`.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.tombstones.front() {
            if now.as_second() - at.as_second() < TOMBSTONE_SECONDS
                && self.tombstones.len() <= MAX_TOMBSTONES
            {
                return;
            }
            if let Some((_, uid)) = self.tombstones.pop_front() {
                self.forget(&uid);
            }
        }
    }

    /// An object by UID, deleted ones included.
    #[must_use]
    pub fn object(&self, uid: &Uid) -> Option<&Object> {
        self.objects.get(uid)
    }

    /// A living or, failing that, remembered object by name.
    #[must_use]
    pub fn named(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Object> {
        self.object(self.names.get(kind, namespace, name)?)
    }

    /// The living objects of a kind that bear a name, in whatever namespace.
    pub fn anywhere<'g>(&'g self, kind: &str, name: &str) -> impl Iterator<Item = &'g Object> {
        let bearers = self.names.anywhere(kind, name).filter_map(|uid| self.object(uid));
        bearers.filter(|object| object.gone.is_none())
    }

    /// Every object of a kind in a namespace, by name.
    pub fn all<'g>(
        &'g self,
        kind: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &'g Object> {
        self.names.all(kind, namespace).filter_map(|uid| self.object(uid))
    }

    /// The objects whose controller is `uid`, deleted ones included, in order of creation.
    #[must_use]
    pub fn children(&self, uid: &Uid) -> Vec<&Object> {
        let mut children: Vec<_> = self
            .children
            .get(uid)
            .into_iter()
            .flatten()
            .filter_map(|child| self.object(child))
            .collect();
        children.sort_by(|a, b| {
            (a.meta.created, &a.meta.name, &a.meta.uid).cmp(&(
                b.meta.created,
                &b.meta.name,
                &b.meta.uid,
            ))
        });
        children
    }

    /// Every object, in no order that means anything.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter()
    }

    /// How many objects are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.len() == 0
    }

    /// The number of the latest list that an object would be in: of its namespace, where
    /// its kind is listed by namespace.
    fn epoch(&self, meta: &Meta) -> u32 {
        let of_type = (Cow::Borrowed(meta.type_ref.group()), Cow::Borrowed(&*meta.type_ref.kind));
        let lists = self.epochs.get(&of_type);
        let of = |namespace: &Option<Arc<str>>| lists.and_then(|lists| lists.get(namespace));
        of(&meta.namespace).or_else(|| of(&None)).copied().unwrap_or_default()
    }

    fn keep(&mut self, mut object: Box<Object>, epoch: u32) -> Touched {
        object.epoch = epoch;
        self.interner.share(&mut object);
        let meta = &object.meta;
        // Of two incarnations under one name the living one holds it, then the one created last.
        let rank =
            |object: &Object| (object.gone.is_none(), object.meta.created, object.meta.uid.clone());
        let bearer = self.names.bearer(meta);
        let other = bearer.filter(|uid| **uid != meta.uid).and_then(|uid| self.object(uid));
        if bearer != Some(&meta.uid) && other.is_none_or(|other| rank(other) <= rank(&object)) {
            self.names.give(meta);
        }
        if let Some(owner) = meta.controller() {
            self.children.entry(owner.uid.clone()).or_default().insert(meta.uid.clone());
        }
        let uid = meta.uid.clone();
        self.objects.insert(object);
        self.objects.get(&uid).map(|object| self.touched_by(&object.meta)).unwrap_or_default()
    }

    fn unlink(&mut self, object: &Object) {
        if let Some(owner) = object.meta.controller()
            && let Some(siblings) = self.children.get_mut(&owner.uid)
        {
            siblings.remove(&object.meta.uid);
            if siblings.is_empty() {
                self.children.remove(&owner.uid);
            }
        }
    }

    fn bury(&mut self, uid: &Uid, at: Timestamp) -> Touched {
        let Some(object) = self.objects.get_mut(uid) else { return Touched::default() };
        if object.gone.is_none() {
            object.gone = Some(at);
            self.tombstones.push_back((at, uid.clone()));
        }
        self.objects.get(uid).map(|object| self.touched_by(&object.meta)).unwrap_or_default()
    }

    fn forget(&mut self, uid: &Uid) {
        let Some(object) = self.objects.remove(uid) else { return };
        self.unlink(&object);
        self.events.remove(uid);
        self.names.take(&object.meta);
        self.set_reads(uid, BTreeSet::new());
        self.set_causes(uid, BTreeSet::new());
    }

    fn see_event(&mut self, event: Event) -> Touched {
        if is_noise(&event) {
            return Touched::default();
        }
        let about = event.about.clone();
        let events = match (&about.uid, &*about.kind) {
            (_, "Node") => self.node_events.entry(about.name.clone()).or_default(),
            (Some(uid), _) => self.events.entry(uid.clone()).or_default(),
            (None, _) => return Touched::default(),
        };
        let same = events.iter_mut().find(|e| {
            e.reason == event.reason && e.message == event.message && e.container == event.container
        });
        match same {
            Some(same) if same.last >= event.last => return Touched::default(),
            Some(same) => {
                let first = same.first.min(event.first);
                *same = Event { first, ..event };
            }
            None => events.push(event),
        }
        events
            .sort_by(|a, b| (a.last, &a.reason, &a.message).cmp(&(b.last, &b.reason, &b.message)));
        if events.len() > MAX_EVENTS {
            events.remove(0);
        }
        let lookup =
            Lookup { kind: about.kind, namespace: about.namespace, name: Some(about.name) };
        let mut touched = Touched::default();
        if let Some(uid) = about.uid
            && let Some(root) = self.root_of(&uid)
        {
            touched.0.insert(root);
        }
        touched.0.extend(self.readers.get(&lookup).into_iter().flatten().cloned());
        touched
    }

    /// The roots that a change of this object may concern: its own, and those that looked it up.
    fn touched_by(&self, meta: &Meta) -> Touched {
        let mut roots: BTreeSet<Uid> = self.root_of(&meta.uid).into_iter().collect();
        let lookup = |name| Lookup {
            kind: lookup_kind(&meta.type_ref),
            namespace: meta.namespace.clone(),
            name,
        };
        for lookup in [lookup(Some(meta.name.clone())), lookup(None)] {
            roots.extend(self.readers.get(&lookup).into_iter().flatten().cloned());
        }
        Touched(roots)
    }

    /// The type under which reports know a kind, where it is one that is watched.
    #[must_use]
    pub fn known_type(kind: &str) -> Option<TypeRef> {
        KINDS.iter().find(|k| k.kind == kind).map(KindInfo::type_ref)
    }
}

/// Events of a pod's ordinary life: they say nothing that its status does not. When a
/// container was first made and started is worth knowing once it has been started again.
fn is_noise(event: &Event) -> bool {
    matches!(&*event.reason, "Created" | "Started") && event.count <= 1
        || matches!(
            &*event.reason,
            "Pulling" | "Pulled" | "Scheduled" | "MissingClusterDNS" | "DNSConfigForming"
        )
}
