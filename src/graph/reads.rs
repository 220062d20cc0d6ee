//! What the judgements of the roots told the graph: what they looked up, and what they
//! blame. From the one it knows whom a change may concern, from the other who is struck
//! by the same cause.

use super::{Graph, Lookup, Touched};
use crate::observe::Uid;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Graph {
    /// Remembers what the judgement of `root` looked up, so that a change of it touches the root.
    pub fn set_reads(&mut self, root: &Uid, reads: BTreeSet<Lookup>) {
        let before = self.reads.remove(root).unwrap_or_default();
        for lookup in before.difference(&reads) {
            if let Some(roots) = self.readers.get_mut(lookup) {
                roots.remove(root);
                if roots.is_empty() {
                    self.readers.remove(lookup);
                }
            }
        }
        for lookup in reads.difference(&before) {
            self.readers.entry(lookup.clone()).or_default().insert(root.clone());
        }
        if !reads.is_empty() {
            self.reads.insert(root.clone(), reads);
        }
    }

    /// Remembers which causes the judgement of `root` blames. A root that was alone with one
    /// of them until now is touched; of those that shared it already nobody is.
    pub fn set_causes(&mut self, root: &Uid, causes: BTreeSet<Arc<str>>) -> Touched {
        let before = self.causes.remove(root).unwrap_or_default();
        for cause in before.difference(&causes) {
            if let Some(roots) = self.blaming.get_mut(cause) {
                roots.remove(root);
                if roots.is_empty() {
                    self.blaming.remove(cause);
                }
            }
        }
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
