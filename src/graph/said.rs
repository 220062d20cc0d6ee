//! What events said, of an object by its UID or, where that is lost, by its name.

use super::Graph;
use crate::observe::{Event, Uid};

impl Graph {
    /// What events said of an object, oldest first.
    #[must_use]
    pub fn events(&self, uid: &Uid) -> &[Event] {
        self.events.get(uid).map_or(&[], Vec::as_slice)
    }

    /// What events said of objects of this name, whatever their UID, oldest first.
    #[must_use]
    pub fn events_named(&self, kind: &str, namespace: Option<&str>, name: &str) -> Vec<&Event> {
        let is_about = |event: &&Event| {
            let about = &event.about;
            *about.name == *name && *about.kind == *kind && about.namespace.as_deref() == namespace
        };
        let mut found: Vec<&Event> = self.events.values().flatten().filter(is_about).collect();
        found.sort_by(|a, b| (a.last, &a.reason, &a.message).cmp(&(b.last, &b.reason, &b.message)));
        found
    }

    /// What events said of a node, which kubelets name without its UID.
    #[must_use]
    pub fn node_events(&self, name: &str) -> &[Event] {
        self.node_events.get(name).map_or(&[], Vec::as_slice)
    }

    /// What events said of any node, by the nodes' names.
    pub fn all_node_events(&self) -> impl Iterator<Item = &Event> {
        self.node_events.values().flatten()
    }
}
