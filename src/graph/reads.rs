//! What the judgements of the roots told the graph: what they looked up, and what they
//! blame. From the one it knows whom a change may concern, from the other who is struck
//! by the same cause.

use super::{Graph, Lookup, Object, Touched};
use crate::observe::{Audit, KINDS, KindInfo, Uid};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many audited writes are kept of one object.
const MAX_AUDITS: usize = 1_000;

impl Graph {
    /// Takes in what audit records tell of writes, however often they tell it.
    pub fn set_audits(&mut self, mut audits: Vec<Audit>) {
        audits.sort();
        audits.dedup();
        for audit in audits {
            let is_it =
                |kind: &&KindInfo| *kind.plural == *audit.resource && *kind.group == *audit.group;
            let Some(kind) = KINDS.iter().find(is_it) else { continue };
            let key = (Arc::from(kind.kind), audit.namespace.clone(), audit.name.clone());
            let known = self.audits.entry(key).or_default();
            if known.len() < MAX_AUDITS {
                known.push(audit);
            }
        }
    }

    /// The users that wrote an object between two times, by its audit records.
    #[must_use]
    pub fn writers(&self, object: &Object, from: Timestamp, to: Timestamp) -> Vec<&Audit> {
        let meta = &object.meta;
        let key = (meta.type_ref.kind.clone(), meta.namespace.clone(), meta.name.clone());
        let known = self.audits.get(&key).into_iter().flatten();
        known.filter(|audit| from <= audit.at && audit.at <= to).collect()
    }

    /// Remembers what the judgement of `root` looked up, so that a change of it touches the root.
    pub fn set_reads(&mut self, root: &Uid, reads: BTreeSet<Lookup>) {
        let before = self.reads.remove(root).unwrap_or_default();
        if before.iter().map(Arc::as_ref).eq(&reads) {
            // Most judgements look up what the one before did.
            if !reads.is_empty() {
                self.reads.insert(root.clone(), before);
            }
            return;
        }
        let left = before.iter().filter(|lookup| !reads.contains(&***lookup));
        leave(&mut self.readers, root, left);
        let reads: Box<[Arc<Lookup>]> =
            reads.into_iter().map(|lookup| self.read_by(lookup, root)).collect();
        if !reads.is_empty() {
            self.reads.insert(root.clone(), reads);
        }
    }

    /// Notes that a root looked this up; returns the one copy of it.
    fn read_by(&mut self, lookup: Lookup, root: &Uid) -> Arc<Lookup> {
        let known = self.readers.get_key_value(&lookup).map(|(known, _)| Arc::clone(known));
        let lookup = known.unwrap_or_else(|| Arc::new(lookup));
        self.readers.entry(Arc::clone(&lookup)).or_default().insert(root.clone());
        lookup
    }

    /// Remembers which causes the judgement of `root` blames. A root that was alone with one
    /// of them until now is touched; of those that shared it already nobody is.
    pub fn set_causes(&mut self, root: &Uid, causes: BTreeSet<Arc<str>>) -> Touched {
        let before = self.causes.remove(root).unwrap_or_default();
        leave(&mut self.blaming, root, before.difference(&causes));
        let mut touched = Touched::default();
        for cause in causes.difference(&before) {
            let roots = self.blaming.entry(Arc::clone(cause)).or_default();
            if roots.len() == 1 {
                touched.0.extend(roots.iter().cloned());
            }
            roots.insert(root.clone());
        }
        touched.0.remove(root);
        if !causes.is_empty() {
            self.causes.insert(root.clone(), causes);
        }
        touched
    }

    /// Whether another root than this one blames the same cause.
    #[must_use]
    pub fn is_shared(&self, cause: &str, root: &Uid) -> bool {
        self.blaming.get(cause).is_some_and(|roots| roots.iter().any(|other| other != root))
    }

    /// How many roots blame each cause that more than one of them blames.
    pub fn shared_causes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.blaming.iter().map(|(cause, roots)| (&**cause, roots.len())).filter(|(_, n)| *n > 1)
    }

    /// The roots whose last judgement looked up this object.
    #[must_use]
    pub fn readers(&self, lookup: &Lookup) -> Option<&BTreeSet<Uid>> {
        self.readers.get(lookup)
    }
}

/// Takes a root from what it no longer is in; what has no root left is dropped.
fn leave<'k, K: Ord + 'k>(
    index: &mut BTreeMap<K, BTreeSet<Uid>>,
    root: &Uid,
    keys: impl Iterator<Item = &'k K>,
) {
    for key in keys {
        if let Some(roots) = index.get_mut(key) {
            roots.remove(root);
            if roots.is_empty() {
                index.remove(key);
            }
        }
    }
}
