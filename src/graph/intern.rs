//! One copy of what many objects share: labels, templates, field owners, words.

use super::Object;
use crate::observe::{Detail, Fields, Ownership, State};
use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// How many entries a table may grow by before unused ones are swept out.
const SWEEP_EVERY: usize = 4_096;

/// Tables of shared values.
#[derive(Debug, Default)]
pub(super) struct Interner {
    words: Table<str>,
    fields: Table<Fields>,
    labels: Table<BTreeMap<Box<str>, Box<str>>>,
    paths: Table<[Box<str>]>,
    ownerships: Table<Ownership>,
}

impl Interner {
    /// Replaces what is equal to something known by that.
    pub(super) fn share(&mut self, object: &mut Object) {
        self.fields.share(&mut object.fields);
        // Siblings were written at other times, so often they share all but the whole.
        if let Some(ownership) = Arc::get_mut(&mut object.ownership) {
            for owner in &mut ownership.owners {
                let (words, paths) = owner.shared();
                for word in words {
                    self.words.share(word);
                }
                self.paths.share(paths);
            }
            ownership.owners.shrink_to_fit();
        }
        self.ownerships.share(&mut object.ownership);
        let meta = &mut object.meta;
        self.labels.share(&mut meta.labels);
        self.labels.share(&mut meta.annotations);
        for word in [&mut meta.type_ref.kind, &mut meta.type_ref.api_version]
            .into_iter()
            .chain(&mut meta.namespace)
        {
            self.words.share(word);
        }
        for owner in &mut meta.owners {
            for word in [&mut owner.type_ref.kind, &mut owner.type_ref.api_version, &mut owner.name]
            {
                self.words.share(word);
            }
        }
        match &mut object.detail {
            Detail::Pod(pod) => {
                self.words.share(&mut pod.phase);
                for word in pod.node.iter_mut().chain(&mut pod.reason) {
                    self.words.share(word);
                }
                for condition in &mut pod.conditions {
                    for word in [
                        &mut condition.type_,
                        &mut condition.status,
                        &mut condition.reason,
                        &mut condition.message,
                    ] {
                        self.words.share(word);
                    }
                }
                for container in &mut pod.containers {
                    self.words.share(&mut container.name);
                    self.words.share(&mut container.image_id);
                    match &mut container.state {
                        State::Waiting { reason, .. } => self.words.share(reason),
                        State::Terminated(end) => self.words.share(&mut end.reason),
                        State::Running { .. } => {}
                    }
                    if let Some(last) = &mut container.last {
                        self.words.share(&mut last.reason);
                    }
                }
            }
            Detail::Workload(workload) => {
                self.fields.share(&mut workload.template);
                self.fields.share(&mut workload.selector);
                self.words.share(&mut workload.strategy);
            }
            Detail::ControllerRevision(revision) => self.fields.share(&mut revision.template),
            _ => {}
        }
    }
}

#[derive(Debug)]
struct Table<T: ?Sized + Hash + Eq> {
    known: HashSet<Arc<T>>,
    sweep_at: usize,
}

impl<T: ?Sized + Hash + Eq> Default for Table<T> {
    fn default() -> Self {
        Self { known: HashSet::new(), sweep_at: SWEEP_EVERY }
    }
}

impl<T: ?Sized + Hash + Eq> Table<T> {
    fn share(&mut self, value: &mut Arc<T>) {
        if let Some(known) = self.known.get(value) {
            *value = Arc::clone(known);
            return;
        }
        if self.known.len() >= self.sweep_at {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = self.known.len() + SWEEP_EVERY;
        }
        self.known.insert(Arc::clone(value));
    }
}
