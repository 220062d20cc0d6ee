//! The revisions of a root: which template versions there are, and whose pods are whose.
//!
//! A *revision* is one version of the root's template and the pods made from it.
//! Rules from kubernetes `pkg/controller/deployment/util/deployment_util.go`
//! (`FindNewReplicaSet`, revision numbers), `pkg/controller/statefulset`,
//! `pkg/controller/daemon/update.go`: a number can be used twice, an old
//! `ReplicaSet` can be used again, so nothing is keyed by number or by age alone.

use super::scene::{PodView, workload};
use crate::graph::{Edited, Graph, Object};
use crate::observe::{Detail, Fields, Workload};
use crate::report::CauseClass;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// One revision of the root.
pub(super) struct Revision<'g> {
    /// Its number, where the kind numbers its revisions.
    pub(super) number: Option<i64>,
    /// The numbers it had before it was used again, oldest first.
    pub(super) earlier: Vec<i64>,
    /// The object that carries it; the root itself where there is no other.
    pub(super) carrier: &'g Object,
    /// Its template.
    pub(super) template: Arc<Fields>,
    /// Whether it is the one the root wants now.
    pub(super) current: bool,
    /// How many pods it should have now.
    pub(super) desired: i32,
    /// When it came, or came back, into force.
    pub(super) activated: Activated,
}

/// When a revision came into force: an interval, where only that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Activated {
    /// Not before this.
    pub(super) not_before: Option<Timestamp>,
    /// At the latest then.
    pub(super) at: Option<Timestamp>,
    /// Whether `at` is exact to the clocks' slack.
    pub(super) exact: bool,
}

impl Revision<'_> {
    /// Whether a pod made at `created` was made before a carrier that is used again
    /// came back into force: under an earlier number of it.
    pub(super) fn is_older_than_return(&self, created: Timestamp) -> bool {
        let since = self.activated.not_before.or(self.activated.at);
        self.is_reused()
            && since.is_some_and(|since| created + SignedDuration::from_secs(1) < since)
    }

    /// What it is as a cause.
    pub(super) fn class(&self) -> CauseClass {
        if self.is_reused() { CauseClass::Rollback } else { CauseClass::Revision }
    }

    /// Whether its carrier was used again for a template of before.
    pub(super) fn is_reused(&self) -> bool {
        !self.earlier.is_empty()
    }
}

/// The revisions, oldest first, and every pod with the index of its revision.
pub(super) fn gather<'g>(
    graph: &'g Graph,
    root: &'g Object,
) -> (Vec<Revision<'g>>, Vec<PodView<'g>>) {
    let children = graph.children(&root.meta.uid);
    let mut revisions: Vec<Revision<'g>> = match root.kind() {
        "Deployment" => of_replica_sets(root, &children),
        "StatefulSet" | "DaemonSet" => of_controller_revisions(root, &children),
        "CronJob" => of_jobs(&children),
        _ if children.iter().any(|c| c.kind() == "ReplicaSet") => of_replica_sets(root, &children),
        _ if children.iter().any(|c| c.kind() == "ControllerRevision") => {
            of_controller_revisions(root, &children)
        }
        _ => of_itself(root).into_iter().collect(),
    };
    revisions.sort_by(|a, b| {
        (a.number, a.carrier.meta.created, &a.carrier.meta.name).cmp(&(
            b.number,
            b.carrier.meta.created,
            &b.carrier.meta.name,
        ))
    });
    estimate_return(graph, root, &mut revisions);
    let mut pods = Vec::new();
    collect_pods(graph, root, &revisions, 0, &mut pods);
    pods.sort_by(|a, b| {
        (a.created(), &a.object.meta.name, &a.object.meta.uid).cmp(&(
            b.created(),
            &b.object.meta.name,
            &b.object.meta.uid,
        ))
    });
    (revisions, pods)
}

/// When a set that is used again came back, where no edit was seen: from the event
/// that scaled it up, else from the last writer of the template it shares with the root.
fn estimate_return(graph: &Graph, root: &Object, revisions: &mut [Revision<'_>]) {
    let others =
        revisions.iter().filter(|r| !r.current).filter_map(|r| r.carrier.meta.created).max();
    let Some(revision) =
        revisions.iter_mut().find(|r| r.current && r.is_reused() && r.activated.at.is_none())
    else {
        return;
    };
    let after = |at: &Timestamp| others.is_none_or(|other| *at > other);
    let up = format!("Scaled up replica set {} ", revision.carrier.meta.name);
    let said = graph
        .events(&root.meta.uid)
        .iter()
        .filter(|e| e.message.starts_with(&up))
        .filter_map(|e| e.first)
        .filter(after)
        .min();
    let written = root
        .ownership
        .owners
        .iter()
        .filter(|owner| {
            owner.is_of_spec()
                && (owner.owns_under("containers[") || owner.owns_under("initContainers["))
        })
        .filter_map(|owner| owner.time)
        .filter(after)
        .max();
    revision.activated = Activated { not_before: None, at: written.or(said), exact: false };
}

/// How deep below a root pods are looked for: custom kinds may stack controllers.
const MAX_DEPTH: usize = 6;

fn collect_pods<'g>(
    graph: &'g Graph,
    owner: &'g Object,
    revisions: &[Revision<'g>],
    depth: usize,
    pods: &mut Vec<PodView<'g>>,
) {
    if let Detail::Pod(pod) = &owner.detail {
        let revision = revision_of(owner, revisions, graph);
        pods.push(PodView {
            object: owner,
            pod,
            revision,
            updated: updated_in_place(owner, revision, revisions),
        });
        return;
    }
    if depth < MAX_DEPTH {
        for child in graph.children(&owner.meta.uid) {
            collect_pods(graph, child, revisions, depth + 1, pods);
        }
    }
}

/// A pod that names a stored revision made after it was brought to that in place
/// (Kruise): pods that are replaced are never older than what they were made from.
fn updated_in_place(
    pod: &Object,
    revision: Option<usize>,
    revisions: &[Revision<'_>],
) -> Option<Timestamp> {
    let revision = revisions.get(revision?)?;
    let stored = revision.carrier.kind() == "ControllerRevision";
    revision
        .carrier
        .meta
        .created
        .filter(|made| stored && pod.meta.created.is_some_and(|created| created < *made))
}

fn revision_of<'g>(pod: &'g Object, revisions: &[Revision<'g>], graph: &'g Graph) -> Option<usize> {
    // By owner: a ReplicaSet, a Job, or the root itself.
    let chain = graph.climb(&pod.meta.uid);
    if let Some(at) =
        revisions.iter().position(|r| chain.iter().any(|o| o.meta.uid == r.carrier.meta.uid))
    {
        return Some(at);
    }
    // By label: a StatefulSet's pods name the ControllerRevision, a DaemonSet's only its hash.
    let hash = pod.meta.label("controller-revision-hash")?;
    revisions.iter().position(|r| {
        let carrier = &r.carrier.meta;
        *carrier.name == *hash
            || carrier.label("controller-revision-hash") == Some(hash)
            || carrier.label("controller.kubernetes.io/hash") == Some(hash)
    })
}

fn of_replica_sets<'g>(root: &'g Object, children: &[&'g Object]) -> Vec<Revision<'g>> {
    let sets: Vec<_> = children
        .iter()
        .filter(|child| child.kind() == "ReplicaSet")
        .filter_map(|child| Some((*child, workload(child)?)))
        .collect();
    // The current one is the oldest whose template equals the root's, as the controller finds it.
    let wanted = workload(root).map(|w| &w.template);
    let current =
        sets.iter().position(|(set, w)| set.gone.is_none() && Some(&w.template) == wanted);
    let number = |object: &Object| {
        ["deployment.kubernetes.io/revision", "rollout.argoproj.io/revision"]
            .iter()
            .find_map(|key| object.meta.annotation(key)?.parse::<i64>().ok())
    };
    // A template that no set carries yet (paused, or not made): the newest number is what runs.
    let newest = || {
        sets.iter()
            .enumerate()
            .filter(|(_, (s, _))| s.gone.is_none())
            .max_by_key(|(_, (s, _))| number(s))
            .map(|(at, _)| at)
    };
    let current = current.or_else(newest);
    sets.iter()
        .enumerate()
        .map(|(at, (set, work))| {
            let earlier: Vec<i64> = set
                .meta
                .annotation("deployment.kubernetes.io/revision-history")
                .map(|list| list.split(',').filter_map(|n| n.trim().parse().ok()).collect())
                .unwrap_or_default();
            Revision {
                number: number(set),
                activated: activated(root, set, work, !earlier.is_empty()),
                earlier,
                carrier: set,
                template: Arc::clone(&work.template),
                current: Some(at) == current,
                desired: if set.gone.is_some() { 0 } else { work.replicas.unwrap_or(0) },
            }
        })
        // A deleted set is remembered for its template, unless its number lives on in another.
        .collect()
}

/// When a set came into force: from the root's own edits, else from the set.
fn activated(root: &Object, set: &Object, work: &Workload, reused: bool) -> Activated {
    let edit = root.memory.edits.iter().rev().find(|edit| match &edit.what {
        Edited::Fields { after, .. } => **after == *work.template,
        Edited::Replicas { .. } => false,
    });
    if let Some(edit) = edit {
        return Activated { not_before: Some(edit.not_before), at: Some(edit.at), exact: true };
    }
    if !reused {
        return Activated { not_before: None, at: set.meta.created, exact: true };
    }
    // A reused set: its creation says nothing. It was scaled up from nothing, if that was seen.
    let scaled = set
        .memory
        .edits
        .iter()
        .rev()
        .find(|edit| matches!(edit.what, Edited::Replicas { from: 0, .. }));
    match scaled {
        Some(edit) => {
            Activated { not_before: Some(edit.not_before), at: Some(edit.at), exact: false }
        }
        None => Activated::default(),
    }
}

fn of_controller_revisions<'g>(root: &'g Object, children: &[&'g Object]) -> Vec<Revision<'g>> {
    let stored: Vec<_> = children
        .iter()
        .filter_map(|child| match &child.detail {
            Detail::ControllerRevision(revision) => Some((*child, revision)),
            _ => None,
        })
        .collect();
    let work = workload(root);
    let update = work.and_then(|w| w.status.update_revision.clone());
    let newest = stored
        .iter()
        .filter(|(o, _)| o.gone.is_none())
        .max_by_key(|(o, r)| (r.revision, o.meta.created))
        .map(|(o, _)| o.meta.name.clone());
    let current = update.filter(|name| stored.iter().any(|(o, _)| o.meta.name == *name)).or(newest);
    stored
        .iter()
        .map(|(object, revision)| {
            let is_current = current.as_deref() == Some(&*object.meta.name) && object.gone.is_none();
            // Its number rises when it is used again: then a younger one has a lower number.
            let younger = stored.iter().filter(|(o, r)| r.revision < revision.revision && o.meta.created > object.meta.created);
            let earlier: Vec<i64> = younger.map(|(_, r)| r.revision - 1).min().into_iter().collect();
            let edit = root.memory.edits.iter().rev().find(|edit| matches!(&edit.what, Edited::Fields { after, .. } if **after == *revision.template));
            let activated = match edit {
                Some(edit) => Activated { not_before: Some(edit.not_before), at: Some(edit.at), exact: true },
                None if earlier.is_empty() => {
                    Activated { not_before: None, at: object.meta.created, exact: true }
                }
                None => Activated::default(),
            };
            Revision {
                number: Some(revision.revision),
                earlier,
                carrier: object,
                template: Arc::clone(&revision.template),
                current: is_current,
                desired: 0,
                activated,
            }
        })
        .collect()
}

fn of_jobs<'g>(children: &[&'g Object]) -> Vec<Revision<'g>> {
    let jobs: Vec<_> = children
        .iter()
        .filter(|child| child.kind() == "Job")
        .filter_map(|job| Some((*job, workload(job)?)))
        .collect();
    let newest =
        jobs.iter().filter(|(job, _)| job.gone.is_none()).map(|(job, _)| job.meta.created).max();
    jobs.iter()
        .map(|(job, work)| Revision {
            number: None,
            earlier: Vec::new(),
            carrier: job,
            template: Arc::clone(&work.template),
            current: job.gone.is_none() && Some(job.meta.created) == newest,
            desired: work.replicas.unwrap_or(1),
            activated: Activated { not_before: None, at: job.meta.created, exact: true },
        })
        .collect()
}

/// A root that makes its pods itself, or is one, is its own only revision.
fn of_itself(root: &Object) -> Option<Revision<'_>> {
    let (template, desired) = match &root.detail {
        Detail::Workload(work) => (Arc::clone(&work.template), work.replicas.unwrap_or(1)),
        Detail::Pod(_) => (Arc::clone(&root.fields), 1),
        _ => return None,
    };
    Some(Revision {
        number: None,
        earlier: Vec::new(),
        carrier: root,
        template,
        current: true,
        desired,
        activated: Activated { not_before: None, at: root.meta.created, exact: true },
    })
}
