//! What is remembered of an object's earlier versions.
//!
//! Kubernetes forgets: a status keeps one termination, `managedFields` the last
//! writer, a `ConfigMap` no old value. Each memory depends on its own object's
//! versions only, never on what other watches delivered in between, so that any
//! interleaving of watches leaves the same memory.

use super::Object;
use crate::observe::{
    ContainerStatus, Detail, Fields, Observed, Ownership, Pod, State, Termination,
};
use jiff::Timestamp;
use std::sync::Arc;
use thin_vec::ThinVec;

/// How many edits are kept of one object; the oldest go first.
const MAX_EDITS: usize = 12;
/// How many ended runs are kept of one pod; the first stays, the oldest of the others go.
const MAX_RUNS: usize = 8;

/// What was seen of an object's earlier versions. Of most objects no edit and no ended run
/// was seen, so these take one word each while they are empty.
#[derive(Clone, Debug)]
pub struct Memory {
    /// When its first version was received.
    pub seen: Timestamp,
    /// When its present version was received.
    pub at: Timestamp,
    /// The edits seen, oldest first.
    pub edits: ThinVec<Edit>,
    /// The ended runs of a pod's containers, oldest first.
    pub runs: ThinVec<Run>,
    /// The newest time a pod was seen ready with no run ever ended badly.
    pub well: Option<Timestamp>,
}

/// One edit, seen as the difference of two versions.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What was edited.
    pub what: Edited,
    /// The generation after it.
    pub generation: i64,
    /// When the version before was received: it happened after that.
    pub not_before: Timestamp,
    /// When the version after was received: it happened before that.
    pub at: Timestamp,
    /// Who owned which field after it.
    pub ownership: Arc<Ownership>,
}

/// What an edit changed.
#[derive(Clone, Debug)]
pub enum Edited {
    /// The template of a workload, the spec of a pod, the keys of a `ConfigMap` …
    Fields {
        /// Before.
        before: Arc<Fields>,
        /// After.
        after: Arc<Fields>,
    },
    /// The replica count.
    Replicas {
        /// Before.
        from: i32,
        /// After.
        to: i32,
    },
}

/// One ended run of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The container.
    pub container: Arc<str>,
    /// How it ended.
    pub end: Termination,
    /// How many restarts the container had had before it.
    pub restarts: i32,
}

/// The first version of an object.
pub(super) fn begin(observed: Observed, at: Timestamp) -> Object {
    let Observed { meta, ownership, mut detail } = observed;
    let (mut fields, mut ownership) = (Arc::new(Fields::default()), Arc::new(ownership));
    if let Detail::Pod(pod) = &mut detail {
        fields = Arc::new(pod.spec.fields());
        ownership = Arc::new(pod.spec.ownership());
        pod.spec.forget_text();
    }
    let mut memory =
        Memory { seen: at, at, edits: ThinVec::new(), runs: ThinVec::new(), well: None };
    if let Detail::Pod(pod) = &mut detail {
        remember_pod(&mut memory, pod, at);
    }
    Object { meta, ownership, detail, fields, memory, gone: None, epoch: 0 }
}

/// The first version of an object that takes the name of another: what is read by name was
/// edited by that, where it holds something else. A workload made anew is a root of its own.
pub(super) fn replace(object: &mut Object, before: &Object, at: Timestamp) {
    let is_later = before.meta.created <= object.meta.created;
    if !is_later || !matches!(object.detail, Detail::ConfigMap(_)) {
        return;
    }
    let ownership = Arc::clone(&object.ownership);
    let not_before = before.gone.unwrap_or(before.memory.at);
    let generation = object.meta.generation;
    let edits = edits(before, &object.fields, &object.detail).into_iter();
    let edits = edits.map(|what| Edit {
        what,
        generation,
        not_before,
        at,
        ownership: Arc::clone(&ownership),
    });
    object.memory.edits = before.memory.edits.iter().cloned().chain(edits).collect();
    keep_newest(&mut object.memory);
}

fn keep_newest(memory: &mut Memory) {
    if memory.edits.len() > MAX_EDITS {
        memory.edits.drain(..memory.edits.len() - MAX_EDITS);
    }
}

/// The next version of an object.
pub(super) fn follow(before: Object, observed: Observed, at: Timestamp) -> Object {
    let Observed { meta, ownership, mut detail } = observed;
    let (mut fields, mut ownership) = (Arc::clone(&before.fields), Arc::new(ownership));
    if let (Detail::Pod(was), Detail::Pod(pod)) = (&before.detail, &mut detail) {
        if was.spec.hash == pod.spec.hash {
            ownership = Arc::clone(&before.ownership);
        } else {
            fields = Arc::new(pod.spec.fields());
            ownership = Arc::new(pod.spec.ownership());
        }
        pod.spec.forget_text();
    }
    let edits = edits(&before, &fields, &detail);
    let mut memory = before.memory;
    for what in edits {
        memory.edits.push(Edit {
            what,
            generation: meta.generation,
            not_before: memory.at,
            at,
            ownership: Arc::clone(&ownership),
        });
    }
    keep_newest(&mut memory);
    memory.at = at;
    if let Detail::Pod(pod) = &mut detail {
        remember_pod(&mut memory, pod, at);
    }
    Object { meta, ownership, detail, fields, memory, gone: None, epoch: before.epoch }
}

fn edits(before: &Object, fields: &Arc<Fields>, detail: &Detail) -> Vec<Edited> {
    let changed = |before: &Arc<Fields>, after: &Arc<Fields>| {
        (!Arc::ptr_eq(before, after) && before != after)
            .then(|| Edited::Fields { before: Arc::clone(before), after: Arc::clone(after) })
    };
    match (&before.detail, detail) {
        (Detail::Pod(_), Detail::Pod(_)) => changed(&before.fields, fields).into_iter().collect(),
        (Detail::Workload(was), Detail::Workload(now)) => {
            let replicas = match (was.replicas, now.replicas) {
                (Some(from), Some(to)) if from != to => Some(Edited::Replicas { from, to }),
                _ => None,
            };
            changed(&was.template, &now.template).into_iter().chain(replicas).collect()
        }
        (Detail::ConfigMap(was), Detail::ConfigMap(now)) => {
            changed(&was.keys, &now.keys).into_iter().collect()
        }
        (Detail::Plain(was), Detail::Plain(now)) => {
            // What a controller counts in the status is no edit.
            let spec = |f: &Fields| {
                f.under("spec.").map(|(p, l)| (p.to_owned(), l.clone())).collect::<Vec<_>>()
            };
            if spec(&was.fields) == spec(&now.fields) {
                Vec::new()
            } else {
                changed(&was.fields, &now.fields).into_iter().collect()
            }
        }
        _ => Vec::new(),
    }
}

fn remember_pod(memory: &mut Memory, pod: &mut Pod, at: Timestamp) {
    for container in &pod.containers {
        for (end, restarts) in ends(container) {
            let run = Run { container: Arc::clone(&container.name), end: end.clone(), restarts };
            if !memory.runs.iter().any(|r| {
                r.container == run.container
                    && r.end.finished == run.end.finished
                    && r.end.exit_code == run.end.exit_code
            }) {
                memory.runs.push(run);
            }
        }
    }
    if memory.runs.len() > MAX_RUNS {
        let over = memory.runs.len() - MAX_RUNS;
        memory.runs.drain(1..=over);
    }
    pod.conditions.retain(|c| matters(&c.type_, c.is_true()));
    pod.conditions.shrink_to_fit();
    let is_ready = pod.is_ready();
    let never_failed = memory.runs.iter().all(|run| run.end.exit_code == 0);
    let is_up = pod.containers.iter().all(|c| !matches!(c.state, State::Waiting { .. }));
    if is_ready && never_failed && is_up {
        memory.well = Some(at);
    }
}

/// The ended runs that a status shows, each with the restarts before it.
fn ends(container: &ContainerStatus) -> impl Iterator<Item = (&Termination, i32)> {
    let now = match &container.state {
        State::Terminated(end) => Some((&**end, container.restarts)),
        _ => None,
    };
    // While it waits the newest run is the last one already, and no restart is counted for it yet.
    let since = i32::from(!matches!(container.state, State::Waiting { .. }));
    container
        .last
        .as_deref()
        .into_iter()
        .map(move |end| (end, container.restarts - since))
        .chain(now)
}

/// Whether a pod's condition can matter: those that hold as they should say nothing.
fn matters(type_: &str, is_true: bool) -> bool {
    match type_ {
        "PodScheduled" | "Initialized" | "ContainersReady" | "PodReadyToStartContainers" => {
            !is_true
        }
        _ => true,
    }
}
