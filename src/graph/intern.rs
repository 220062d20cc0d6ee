//! One copy of what many objects share: labels, templates, field owners, words.

use super::Object;
use crate::observe::{
    Claim, Container, Detail, Family, Fields, OwnerRef, Ownership, Pod, State, Statement,
};
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
    families: Table<Family>,
    claims: Table<Claim>,
    ownerships: Table<Ownership>,
    statements: Table<Statement>,
    containers: Table<Container>,
}

impl Interner {
    /// Replaces what is equal to something known by that.
    pub(super) fn share(&mut self, object: &mut Object) {
        self.fields.share(&mut object.fields);
        // Siblings were written at other times, so often they share all but the whole.
        self.ownerships.share_parts(&mut object.ownership, |ownership| {
            for owner in &mut ownership.owners {
                self.claims.share(&mut owner.claim);
            }
            ownership.owners.shrink_to_fit();
        });
        self.families.share_parts(&mut object.meta.family, |family| {
            self.labels.share(&mut family.labels);
            self.labels.share(&mut family.annotations);
            let Family { type_ref, namespace, owners, .. } = family;
            let owned = owners.iter_mut().flat_map(|OwnerRef { type_ref, name, .. }| {
                [&mut type_ref.kind, &mut type_ref.api_version, name]
            });
            let own = [&mut type_ref.kind, &mut type_ref.api_version];
            for word in own.into_iter().chain(namespace).chain(owned) {
                self.words.share(word);
            }
        });
        match &mut object.detail {
            Detail::Pod(pod) => self.share_pod(pod),
            Detail::Workload(workload) => {
                self.fields.share(&mut workload.template);
                self.fields.share(&mut workload.selector);
                self.words.share(&mut workload.strategy);
            }
            Detail::ControllerRevision(revision) => self.fields.share(&mut revision.template),
            _ => {}
        }
    }

    fn share_pod(&mut self, pod: &mut Pod) {
        self.words.share(&mut pod.phase);
        for word in pod.node.iter_mut().chain(&mut pod.reason) {
            self.words.share(word);
        }
        for condition in &mut pod.conditions {
            self.statements.share(&mut condition.statement);
        }
        for status in &mut pod.containers {
            self.containers.share(&mut status.container);
            match &mut status.state {
                State::Waiting { reason, .. } => self.words.share(reason),
                State::Terminated(end) => self.words.share(&mut end.reason),
                State::Running { .. } => {}
            }
            if let Some(last) = &mut status.last {
                self.words.share(&mut last.reason);
            }
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

impl<T: Hash + Eq> Table<T> {
    /// Shares the whole; what is not known yet has its parts shared, where nobody else holds it.
    fn share_parts(&mut self, value: &mut Arc<T>, parts: impl FnOnce(&mut T)) {
        if !self.known.contains(value)
            && let Some(value) = Arc::get_mut(value)
        {
            parts(value);
        }
        self.share(value);
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

#[cfg(test)]
mod tests {
    use crate::graph::{Graph, Object};
    use crate::observe::{self, Detail, Uid};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn pod(name: &str, owner_version: &str, second: u32) -> Value {
        let at = format!("2026-01-01T00:00:{second:02}Z");
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": name, "namespace": "shop", "uid": name, "resourceVersion": name,
                "creationTimestamp": at, "labels": {"app": "web"},
                "ownerReferences": [{"apiVersion": owner_version, "kind": "ReplicaSet",
                    "name": "web-1", "uid": "set", "controller": true}],
                "managedFields": [{"manager": "kube-controller-manager", "operation": "Update",
                    "time": at, "fieldsV1": {"f:spec": {"f:dnsPolicy": {}}}}],
            },
            "spec": {"nodeName": name, "containers": [{"name": "main", "image": "web:1"}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at}],
                "containerStatuses": [{"name": "main", "imageID": "web@sha256:1", "ready": true,
                    "restartCount": 0, "state": {"running": {"startedAt": at}}}],
            },
        })
    }

    fn graph(pods: &[Value]) -> Graph {
        let mut graph = Graph::new();
        for pod in pods {
            let observed = observe::read(&pod.to_string()).expect("a pod");
            graph.see(observed, "2026-01-01T00:01:00Z".parse().expect("a time"));
        }
        graph
    }

    fn object<'g>(graph: &'g Graph, name: &str) -> &'g Object {
        graph.object(&Uid::new(name)).expect("it was seen")
    }

    #[test]
    fn what_siblings_have_alike_is_held_once() {
        let graph = graph(&[pod("a", "apps/v1", 1), pod("b", "apps/v1", 2)]);
        let (a, b) = (object(&graph, "a"), object(&graph, "b"));
        assert!(Arc::ptr_eq(&a.meta.family, &b.meta.family));
        assert!(Arc::ptr_eq(&a.fields, &b.fields));
        // They were written at different times, by the same hand.
        assert_ne!(a.ownership, b.ownership);
        assert!(Arc::ptr_eq(&a.ownership.owners[0].claim, &b.ownership.owners[0].claim));
        let (Detail::Pod(of_a), Detail::Pod(of_b)) = (&a.detail, &b.detail) else {
            unreachable!("both are pods")
        };
        assert!(Arc::ptr_eq(&of_a.conditions[0].statement, &of_b.conditions[0].statement));
        assert!(Arc::ptr_eq(&of_a.containers[0].container, &of_b.containers[0].container));
        assert_ne!(of_a.containers[0].state, of_b.containers[0].state);
    }

    #[test]
    fn an_object_does_not_take_over_the_version_by_which_another_names_the_same_owner() {
        let versions = |pods: &[Value]| {
            let graph = graph(pods);
            let of = |name| object(&graph, name).meta.owners[0].type_ref.api_version.to_string();
            [of("a"), of("b")]
        };
        let (a, b) = (pod("a", "apps/v1", 1), pod("b", "apps/v1beta2", 1));
        assert_eq!(versions(&[a.clone(), b.clone()]), ["apps/v1", "apps/v1beta2"]);
        assert_eq!(versions(&[b, a]), ["apps/v1", "apps/v1beta2"]);
    }
}
