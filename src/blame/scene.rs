//! The *scene*: one root and what it reaches, as every rule sees it.

use super::revision::{self, Revision};
use crate::graph::{Freshness, Graph, Lookup, Object};
use crate::observe::{
    ContainerList, ContainerStatus, Detail, Event, Fields, KINDS, Part, Pod, Uid, Workload,
};
use crate::report::{ContainerType, ObjectRef, Status};
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The slack between two clocks: kubelets' differ from the API server's, and
/// `managedFields` times are cut to whole seconds.
pub(super) const SLACK: SignedDuration = SignedDuration::from_secs(1);

/// One root and what it reaches.
pub(super) struct Scene<'g> {
    pub(super) graph: &'g Graph,
    pub(super) root: &'g Object,
    /// Oldest first.
    pub(super) revisions: Vec<Revision<'g>>,
    pub(super) pods: Vec<PodView<'g>>,
    pub(super) now: Timestamp,
    pub(super) memory: Option<&'g Status>,
    /// The roots whose causes led here, outermost first; empty for the root that is asked for.
    pub(super) passed: Vec<Uid>,
    reads: RefCell<BTreeSet<Lookup>>,
    wake: RefCell<Option<Timestamp>>,
}

/// One pod of the root.
#[derive(Clone, Copy)]
pub(super) struct PodView<'g> {
    pub(super) object: &'g Object,
    pub(super) pod: &'g Pod,
    /// Index into the scene's revisions; `None` where it cannot be told.
    pub(super) revision: Option<usize>,
    /// When it was brought to its revision in place, if it was made before that existed.
    pub(super) updated: Option<Timestamp>,
}

impl<'g> Scene<'g> {
    /// Gathers the scene of `root`, or `None` when there is no such root.
    pub(super) fn gather(
        graph: &'g Graph,
        root: &Uid,
        now: Timestamp,
        memory: Option<&'g Status>,
    ) -> Option<Self> {
        let root = graph.object(root).filter(|root| root.gone.is_none())?;
        let (revisions, pods) = revision::gather(graph, root);
        Some(Self {
            graph,
            root,
            revisions,
            pods,
            now,
            memory,
            passed: Vec::new(),
            reads: RefCell::default(),
            wake: RefCell::default(),
        })
    }

    /// The same scene at the end of a chain.
    pub(super) fn after(self, passed: Vec<Uid>) -> Self {
        Self { passed, ..self }
    }

    /// The root's workload part, where its kind has one.
    pub(super) fn workload(&self) -> Option<&'g Workload> {
        workload(self.root)
    }

    /// The pods that count for the desired state: alive and not completed.
    pub(super) fn counting(&self) -> impl Iterator<Item = &PodView<'g>> {
        self.pods.iter().filter(|view| view.counts())
    }

    /// The revision the root wants now.
    pub(super) fn current(&self) -> Option<(usize, &Revision<'g>)> {
        self.revisions.iter().enumerate().find(|(_, revision)| revision.current)
    }

    /// Looks up an object by name in the root's namespace, and remembers having asked.
    pub(super) fn named(&self, kind: &str, name: &str) -> Option<&'g Object> {
        let namespace = self.root.meta.namespace.clone();
        let lookup = Lookup { kind: kind.into(), namespace, name: Some(name.into()) };
        let found = self.graph.named(kind, lookup.namespace.as_deref(), name);
        self.reads.borrow_mut().insert(lookup);
        found
    }

    /// Looks up an object of another namespace by name, and remembers having asked.
    pub(super) fn named_in(&self, kind: &str, namespace: &str, name: &str) -> Option<&'g Object> {
        self.reads.borrow_mut().insert(Lookup {
            kind: kind.into(),
            namespace: Some(namespace.into()),
            name: Some(name.into()),
        });
        self.graph.named(kind, Some(namespace), name)
    }

    /// Remembers that the judgement rests on how this object is doing.
    pub(super) fn has_asked(&self, object: &Object) {
        self.reads.borrow_mut().insert(Lookup {
            kind: object.meta.type_ref.kind.clone(),
            namespace: object.meta.namespace.clone(),
            name: Some(object.meta.name.clone()),
        });
    }

    /// Looks up every object of a kind in the root's namespace, and remembers having asked.
    pub(super) fn all(&self, kind: &str) -> Vec<&'g Object> {
        let namespace = self.root.meta.namespace.clone();
        let found = self.graph.all(kind, namespace.as_deref()).collect();
        self.reads.borrow_mut().insert(Lookup { kind: kind.into(), namespace, name: None });
        found
    }

    /// Looks up a cluster-scoped object, and remembers having asked.
    pub(super) fn cluster_object(&self, kind: &str, name: &str) -> Option<&'g Object> {
        self.reads.borrow_mut().insert(Lookup {
            kind: kind.into(),
            namespace: None,
            name: Some(name.into()),
        });
        self.graph.named(kind, None, name)
    }

    /// Looks up every cluster-scoped object of a kind, and remembers having asked.
    pub(super) fn cluster_objects(&self, kind: &str) -> Vec<&'g Object> {
        let found = self.graph.all(kind, None).collect();
        self.reads.borrow_mut().insert(Lookup { kind: kind.into(), namespace: None, name: None });
        found
    }

    /// What events said of an object.
    pub(super) fn events(&self, object: &Object) -> &'g [Event] {
        self.graph.events(&object.meta.uid)
    }

    /// What events said of a node, and remembers having asked.
    pub(super) fn events_of_node(&self, name: &str) -> &'g [Event] {
        self.reads.borrow_mut().insert(Lookup {
            kind: "Node".into(),
            namespace: None,
            name: Some(name.into()),
        });
        self.graph.node_events(name)
    }

    /// What events said of any node, and remembers having asked.
    pub(super) fn node_events(&self) -> impl Iterator<Item = &'g Event> {
        self.reads.borrow_mut().insert(Lookup { kind: "Node".into(), namespace: None, name: None });
        self.graph.all_node_events()
    }

    /// Asks to be judged again at `at`, when time alone may change the answer.
    pub(super) fn wake_at(&self, at: Timestamp) {
        if at > self.now {
            let mut wake = self.wake.borrow_mut();
            *wake = Some(wake.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// Whether `seconds` have passed since `from`; asks to be woken when not yet.
    pub(super) fn has_lasted(&self, from: Timestamp, seconds: i64) -> bool {
        let until = from + SignedDuration::from_secs(seconds);
        self.wake_at(until);
        self.now >= until
    }

    /// Whether all objects of a kind are known, so that one that is not known is not there.
    pub(super) fn knows_all(&self, kind: &str) -> bool {
        self.graph.freshness(kind) == &Freshness::Synced
    }

    /// Whether every node is known: a dump may have some, or none.
    pub(super) fn knows_nodes(&self) -> bool {
        self.knows_all("Node") && !self.cluster_objects("Node").is_empty()
    }

    /// The kinds of the chain that cannot be trusted now, with why.
    pub(super) fn stale_chain(&self) -> Vec<(&'static str, &'g Freshness)> {
        self.stale(|part| part == Part::Chain)
    }

    /// Every kind that cannot be trusted now, with why.
    pub(super) fn stale(&self, part: impl Fn(Part) -> bool) -> Vec<(&'static str, &'g Freshness)> {
        KINDS
            .iter()
            .filter(|kind| part(kind.part))
            .map(|kind| (kind.kind, self.graph.freshness_of(kind)))
            .filter(|(_, freshness)| !matches!(freshness, Freshness::Synced | Freshness::Absent))
            .collect()
    }

    /// What the judgement looked up.
    pub(super) fn into_needs(self) -> (BTreeSet<Lookup>, Option<Timestamp>) {
        (self.reads.into_inner(), self.wake.into_inner())
    }
}

impl<'g> PodView<'g> {
    /// Whether it counts for the desired state.
    pub(super) fn counts(&self) -> bool {
        self.lives() && !matches!(&*self.pod.phase, "Succeeded" | "Failed")
    }

    /// Whether it exists and is not being deleted.
    pub(super) fn lives(&self) -> bool {
        self.object.gone.is_none() && self.object.meta.deleting.is_none()
    }

    /// When its deletion was asked for; one without grace shows only in that it is gone.
    pub(super) fn asked_to_go(&self) -> Option<Timestamp> {
        self.object.meta.deletion_asked()
    }

    /// Whether the kubelet starts its containers again whatever their exit codes: then the pod
    /// is never done by itself.
    pub(super) fn restarts_always(&self) -> bool {
        self.fields().text("restartPolicy").unwrap_or("Always") == "Always"
    }

    /// Its own spec.
    pub(super) fn fields(&self) -> &'g Fields {
        &self.object.fields
    }

    /// Its name.
    pub(super) fn name(&self) -> &'g str {
        &self.object.meta.name
    }

    /// Whether its Ready condition is true.
    pub(super) fn is_ready(&self) -> bool {
        self.pod.is_ready()
    }

    /// When it was made.
    pub(super) fn created(&self) -> Timestamp {
        self.object.meta.created.unwrap_or(self.object.memory.seen)
    }

    /// When it got the spec it has: its creation, or a later edit in place.
    pub(super) fn spec_since(&self) -> Timestamp {
        let edited = self.object.memory.edits.last().map(|edit| edit.at);
        edited.into_iter().chain(self.updated).fold(self.created(), Timestamp::max)
    }

    /// The type of one of its containers.
    pub(super) fn container_type(&self, status: &ContainerStatus) -> ContainerType {
        match status.list {
            ContainerList::Main => ContainerType::Container,
            ContainerList::Ephemeral => ContainerType::Ephemeral,
            ContainerList::Init => {
                let policy = format!("initContainers[{}].restartPolicy", status.name);
                if self.fields().text(&policy) == Some("Always") {
                    ContainerType::Sidecar
                } else {
                    ContainerType::Init
                }
            }
        }
    }

    /// The path of a container in a template: `containers[main]`.
    pub(super) fn container_path(status: &ContainerStatus) -> String {
        match status.list {
            ContainerList::Main => format!("containers[{}]", status.name),
            ContainerList::Init => format!("initContainers[{}]", status.name),
            ContainerList::Ephemeral => format!("ephemeralContainers[{}]", status.name),
        }
    }
}

/// The workload part of an object, where its kind has one.
pub(super) fn workload(object: &Object) -> Option<&Workload> {
    match &object.detail {
        Detail::Workload(workload) => Some(workload),
        _ => None,
    }
}

/// How a report names an object.
pub(super) fn object_ref(object: &Object) -> ObjectRef {
    let meta = &object.meta;
    ObjectRef {
        api_version: Some(meta.type_ref.api_version.to_string()),
        kind: meta.type_ref.kind.to_string(),
        namespace: meta.namespace.as_deref().map(str::to_owned),
        name: Some(meta.name.to_string()),
        uid: Some(meta.uid.to_string()),
    }
}

/// How a report names an object of the root's namespace of which only the name is known.
pub(super) fn named_ref(scene: &Scene<'_>, version: &str, kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: Some(version.to_owned()),
        kind: kind.to_owned(),
        namespace: scene.root.meta.namespace.as_deref().map(str::to_owned),
        name: Some(name.to_owned()),
        uid: None,
    }
}

/// How a report names a node of which only the name is asked for.
pub(super) fn node_ref(name: &str) -> ObjectRef {
    ObjectRef {
        api_version: Some("v1".to_owned()),
        kind: "Node".to_owned(),
        name: Some(name.to_owned()),
        ..ObjectRef::default()
    }
}
