//! Answering what the endpoints ask: counts for a scrape, pages for a human.

use super::{Controller, Input};
use crate::graph::{Freshness, Object};
use crate::metrics::{Tally, label_of};
use crate::observe::Uid;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Most objects on a page about one root.
const MAX_OBJECTS: usize = 1_000;
/// Deepest level of owned objects that is looked at.
const MAX_DEPTH: usize = 8;

/// What the controller is asked; it answers between two other things it does.
#[derive(Debug)]
pub enum Query {
    /// What a scrape needs to know.
    Tally(oneshot::Sender<Tally>),
    /// How the controller is doing.
    Overview(oneshot::Sender<Value>),
    /// What is held of one root; `None` where there is none.
    Root {
        /// Its namespace.
        namespace: String,
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Where the answer goes.
        answer: oneshot::Sender<Option<Value>>,
    },
}

impl Query {
    pub(super) const fn input(self) -> Input {
        Input::Asked(self)
    }
}

impl Controller {
    /// Answers. That nobody waits any more is no concern.
    pub(super) fn answer(&mut self, query: Query, waiting: usize) {
        match query {
            Query::Tally(answer) => {
                self.tidy_gauges();
                _ = answer.send(self.tally(waiting));
            }
            Query::Overview(answer) => _ = answer.send(self.overview(waiting)),
            Query::Root { namespace, kind, name, answer } => {
                _ = answer.send(self.page(&namespace, &kind, &name));
            }
        }
    }

    fn tally(&self, waiting: usize) -> Tally {
        let mut tally = Tally::default();
        for (namespace, root, status) in self.publisher.said() {
            tally.add(namespace, &root.kind, &root.name, status);
        }
        tally.queues = self.queues(waiting);
        for (kind, freshness) in self.lists.kinds() {
            if freshness != Freshness::Absent && !self.lists.is_withheld(kind) {
                let is_synced = tally.synced.entry(label_of(kind)).or_insert(true);
                *is_synced &= freshness == Freshness::Synced;
            }
        }
        tally
    }

    fn queues(&self, waiting: usize) -> [(&'static str, usize); 3] {
        [("changes", waiting), ("roots", self.dirty.len()), ("writes", self.publisher.waiting())]
    }

    fn overview(&self, waiting: usize) -> Value {
        let kinds = self.lists.kinds().into_iter();
        let lists = kinds.map(|(kind, how)| (kind.to_owned(), format!("{how:?}").into()));
        let queues = self.queues(waiting).map(|(name, length)| (name.to_owned(), length.into()));
        json!({
            "standing": format!("{:?}", self.lead.standing()),
            "started": self.started.is_some(),
            "objects": self.graph.len(),
            "roots": self.roots.len(),
            "queues": Value::Object(queues.into_iter().collect()),
            "lists": Value::Object(lists.collect()),
        })
    }

    /// What is held of one root: identities, times and owners, but no content.
    fn page(&self, namespace: &str, kind: &str, name: &str) -> Option<Value> {
        let root = self.graph.named(kind, Some(namespace), name)?;
        let uid = root.meta.uid.clone();
        let mut objects = Vec::new();
        let mut level = vec![root];
        for _ in 0..MAX_DEPTH {
            objects.extend(level.iter().map(|object| self.line(object)));
            level = level.iter().flat_map(|o| self.graph.children(&o.meta.uid)).collect();
            if level.is_empty() || objects.len() > MAX_OBJECTS {
                break;
            }
        }
        objects.truncate(MAX_OBJECTS);
        Some(json!({
            "root": self.graph.root_of(&uid).map(|root| root.to_string()),
            "isFollowed": self.roots.contains_key(&uid),
            "objects": objects,
            "report": self.publisher.about(&uid),
        }))
    }

    fn line(&self, object: &Object) -> Value {
        let meta = &object.meta;
        let uid: &Uid = &meta.uid;
        json!({
            "kind": &*meta.type_ref.kind,
            "name": &*meta.name,
            "uid": uid.to_string(),
            "resourceVersion": &*meta.resource_version,
            "generation": meta.generation,
            "owner": meta.controller().map(|owner| owner.uid.to_string()),
            "created": meta.created,
            "deleting": meta.deletion_asked(),
            "gone": object.gone,
            "events": self.graph.events(uid).len(),
        })
    }
}
