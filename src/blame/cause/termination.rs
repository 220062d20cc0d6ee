//! An old pod keeps what a new one needs, or a finalizer keeps a root that is to go.
//!
//! *Sees*: a deletion that is overdue, and the finalizers of the pod or of the root.
//! *Near miss*: whatever changed in the template meanwhile: it waits, and has broken nothing.

use super::{Candidate, Case, Proof, node};
use crate::blame::scene::{PodView, SLACK, Scene, object_ref};
use crate::blame::step::Weight;
use crate::blame::symptom::deleting::is_collectors;
use crate::blame::symptom::{Detail, held, lost};
use crate::blame::trigger;
use crate::observe::find_condition;
use crate::report::{CauseClass, Evidence, Trigger, TriggerClass};
use jiff::Timestamp;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let found = if case.symptom.detail == Detail::RootHeld { of_root(case) } else { find(case) };
    let Some(found) = found else { return Vec::new() };
    match silent_node(case) {
        // The pod only waits for the word of its kubelet, and itself says why it is to go.
        Some(node) if is_lost_with_node(case) => {
            let trigger = found.trigger.clone();
            let held = Candidate { weight: Weight::Reads, ..found };
            vec![Candidate { weight: Weight::Exact, trigger, ..node }, held]
        }
        node => std::iter::once(found).chain(node).collect(),
    }
}

/// Whether the pod that does not go was asked to because of its node, and no finalizer holds it.
fn is_lost_with_node(case: &Case<'_, '_>) -> bool {
    held::first(case.scene).is_some_and(|view| {
        let asked = find_condition(&view.pod.conditions, "DisruptionTarget");
        asked.is_some_and(|c| &*c.reason == "DeletionByTaintManager")
            && view.object.meta.finalizers.is_empty()
    })
}

/// The node of the pod that does not go, where it does not answer. Where only the node says so it
/// stands beside the pod: who may not read nodes is to blame nobody else.
fn silent_node(case: &Case<'_, '_>) -> Option<Candidate> {
    let scene = case.scene;
    let view = held::first(scene).filter(|_| case.symptom.detail != Detail::RootHeld)?;
    let name = view.pod.node.as_deref()?;
    let known = scene.cluster_object("Node", name);
    let since = match known {
        Some(node) => Some(lost::silent_since(node).filter(|_| node.gone.is_none())?),
        None if is_lost_with_node(case) => None,
        None => return None,
    };
    let node = node::reference(scene, name);
    Some(Candidate {
        weight: Weight::Explains,
        proof: Proof::Supported,
        is_doubtful: true,
        time: since,
        what: format!("the node does not answer, so that pod {} cannot end", view.name()),
        evidence: vec![Evidence {
            object: if known.is_some() { node.clone() } else { object_ref(view.object) },
            field: match known {
                Some(_) => "status.conditions[Ready].status".to_owned(),
                None => "status.conditions[DisruptionTarget].reason".to_owned(),
            },
            value: None,
            time: since.map(Into::into),
        }],
        ..Candidate::new(CauseClass::Node, Some(node))
    })
}

/// The finalizer of the root itself, or, where the root waits for what it owns, the pod that
/// does not go.
fn of_root(case: &Case<'_, '_>) -> Option<Candidate> {
    let scene = case.scene;
    let since = scene.root.meta.deletion_asked()?;
    let own = scene.root.meta.finalizers.iter().find(|f| !is_collectors(f));
    let pod = || {
        let mut pods = scene.pods.iter().filter(|view| view.object.gone.is_none());
        pods.find(|view| {
            let mut finalizers = view.object.meta.finalizers.iter();
            view.object.meta.deleting.is_some() && finalizers.any(|f| !is_collectors(f))
        })
    };
    let (object, finalizer) = if let Some(finalizer) = own {
        (scene.root, finalizer)
    } else {
        let object = pod()?.object;
        (object, object.meta.finalizers.iter().find(|f| !is_collectors(f))?)
    };
    let held = object_ref(object);
    Some(Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(since),
        what: format!("finalizer {finalizer} holds {} {}", object.kind(), object.meta.name),
        evidence: vec![Evidence {
            object: held.clone(),
            field: "metadata.finalizers".to_owned(),
            value: Some(finalizer.to_string()),
            time: Some(since.into()),
        }],
        trigger: Some(Trigger { class: TriggerClass::None, object: None, time: None }),
        ..Candidate::new(CauseClass::Termination, Some(held))
    })
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let view = held::first(scene).filter(|_| &*symptom.reason == "Terminating")?;
    let (pod, due) = (object_ref(view.object), view.object.meta.deletion_due()?);
    let finalizer = view.object.meta.finalizers.first();
    let what = match finalizer {
        Some(finalizer) => format!("finalizer {finalizer} holds pod {}", view.name()),
        None => format!("pod {} does not end", view.name()),
    };
    Some(Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(due),
        what,
        evidence: vec![Evidence {
            object: pod.clone(),
            field: match finalizer {
                Some(_) => "metadata.finalizers".to_owned(),
                None => "metadata.deletionTimestamp".to_owned(),
            },
            value: finalizer.map(ToString::to_string),
            time: Some(due.into()),
        }],
        trigger: Some(why_asked(scene, view, due)),
        ..Candidate::new(CauseClass::Termination, Some(pod))
    })
}

/// What had the pod deleted: the rollout of another template than its own, where the root's
/// controller replaces pods by itself and nobody else is known to have asked for it.
fn why_asked(scene: &Scene<'_>, view: &PodView<'_>, due: Timestamp) -> Trigger {
    let is_disrupted = find_condition(&view.pod.conditions, "DisruptionTarget").is_some();
    let replaces = scene.workload().is_some_and(|w| &*w.strategy != "OnDelete");
    let asked = view.asked_to_go();
    let is_after = |from: Timestamp| asked.is_none_or(|asked| asked + SLACK >= from);
    let other = scene.current().filter(|(at, revision)| {
        view.revision.is_some_and(|own| own != *at) && revision.activated.at.is_none_or(is_after)
    });
    // Under Recreate the next set is made only when the last old pod has gone.
    let is_wanted_no_more = || {
        let own = view.revision.map(|at| &scene.revisions[at].template);
        let wanted = scene.workload().filter(|w| !w.paused).map(|w| &w.template);
        scene.root.kind() == "Deployment" && own.zip(wanted).is_some_and(|(own, w)| own != w)
    };
    match other.filter(|_| replaces && !is_disrupted) {
        Some((_, revision)) => trigger::of_rollout(scene, revision),
        None if replaces && !is_disrupted && is_wanted_no_more() => Trigger {
            class: TriggerClass::Rollout,
            object: Some(object_ref(scene.root)),
            time: asked.map(Into::into),
        },
        None => Trigger {
            class: TriggerClass::PodDeleted,
            object: Some(object_ref(view.object)),
            time: Some(due.into()),
        },
    }
}
