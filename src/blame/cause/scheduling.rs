//! No node fits, though the template asks for nothing new.
//!
//! *Sees*: the scheduler's own sentence, and the nodes it speaks of: a cordon, a
//! taint, a label that changed, and that a drain does not get on; a pod that lost its place to
//! one of higher priority; what the autoscalers of nodes say of the pod.
//! *Near miss*: a revision that asks for more than before (its own change explains); a
//! taint that the pod tolerates, or that was there before the root was; a node that the
//! pod does not ask for.

mod closed;
mod relabelled;
mod stall;

use super::{Candidate, Case, Proof};
use crate::blame::scene::{PodView, Scene, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{GATED, Instance, NO_CLAIM, NO_NODE, WAITING};
use crate::blame::trigger;
use crate::graph::Object;
use crate::observe::{Event, EventObject, line};
use crate::report::{CauseClass, Evidence, ObjectRef, TriggerClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let (Step::Schedule, Some(instance)) = (symptom.step, symptom.first_instance()) else {
        return Vec::new();
    };
    if matches!(&*symptom.reason, GATED | WAITING | NO_NODE | NO_CLAIM) {
        // The scheduler has not looked at it.
        return Vec::new();
    }
    let said = symptom.message.as_deref().unwrap_or_default();
    let evidence = Evidence {
        object: object_ref(instance.view.object),
        field: "status.conditions[PodScheduled].message".to_owned(),
        value: symptom.message.clone(),
        time: Some(instance.first_bad.into()),
    };
    let mut found = preempted(scene, instance).unwrap_or_else(|| {
        volume(scene, instance, said)
            .or_else(|| node(scene, instance, said))
            .or_else(|| relabelled::changes(scene, instance, said))
            .unwrap_or_else(|| room(case, instance))
    });
    found.evidence.push(evidence);
    found.evidence.extend(autoscalers_word(scene, instance));
    found.evidence.extend(found.object.as_ref().and_then(|node| stall::word(scene, node)));
    let told = told_preemption(scene, instance).filter(|_| found.class != CauseClass::Preemption);
    std::iter::once(found).chain(told).collect()
}

/// A preemption that only events tell of stands beside what the scheduler says: without them
/// that is all there is, and the cause may not change with what expires.
fn told_preemption(scene: &Scene<'_>, instance: &Instance<'_>) -> Option<Candidate> {
    let by = trigger::preemptor(scene, &instance.view)?;
    Some(Candidate {
        weight: Weight::Reads,
        proof: Proof::TimeOnly,
        ..taken_by(scene, instance, Some(by))
    })
}

/// What whoever adds nodes says of the pod: the cluster autoscaler, or Karpenter, which signs
/// its own `FailedScheduling`.
fn autoscalers_word(scene: &Scene<'_>, instance: &Instance<'_>) -> Option<Evidence> {
    let is_word = |event: &&Event| match &*event.reason {
        "NotTriggerScaleUp" | "TriggeredScaleUp" | "Nominated" => true,
        "FailedScheduling" => &*event.source == "karpenter",
        _ => false,
    };
    let events = scene.events(instance.view.object).iter();
    let said = events.filter(is_word).max_by_key(|event| event.last)?;
    Some(Evidence {
        object: object_ref(instance.view.object),
        field: format!("events[{}]", said.reason),
        value: Some(line(&said.message, 256)),
        time: said.last.map(Into::into),
    })
}

/// Nothing more is known than that no node fits.
fn room(case: &Case<'_, '_>, instance: &Instance<'_>) -> Candidate {
    let scene = case.scene;
    // What the revision left out may be all that it lacks.
    let is_open = super::revision::leaves_unknown_taint(case);
    Candidate {
        weight: Weight::Reads,
        proof: if is_open { Proof::TimeOnly } else { Proof::Open },
        time: Some(instance.first_bad),
        what: "no node fits the pod".to_owned(),
        ..Candidate::new(CauseClass::Scheduling, Some(object_ref(scene.root)))
    }
}

/// A node that the pod could run on was cordoned or tainted.
fn node(scene: &Scene<'_>, instance: &Instance<'_>, said: &str) -> Option<Candidate> {
    let closed = closed::find(scene, instance, said)?;
    let name = &*closed.node.meta.name;
    let had_it = scene.pods.iter().any(|view| view.pod.node.as_deref() == Some(name));
    let is_cordoned = closed::is_cordoned(closed.node);
    Some(Candidate {
        weight: Weight::Explains,
        // A pod of the root that was there proves that it was good before.
        proof: if had_it || is_cordoned { Proof::Supported } else { Proof::Open },
        time: closed.time().or(Some(instance.first_bad)),
        what: if is_cordoned {
            "the node is cordoned".to_owned()
        } else {
            "no node tolerates the pod".to_owned()
        },
        changes: closed.changes,
        // A taint that stands for a state of the node is its controllers' word, and nobody's edit.
        by: closed.by.filter(|_| !closed.is_of_state).map(|(author, _)| author),
        ..Candidate::new(CauseClass::Scheduling, Some(object_ref(closed.node)))
    })
}

/// A claim that is missing or unbound.
fn volume(scene: &Scene<'_>, instance: &Instance<'_>, said: &str) -> Option<Candidate> {
    let unbound = said.contains("unbound immediate PersistentVolumeClaims")
        || said.contains("persistentvolumeclaim \"");
    if !unbound
        && !said.contains("volume node affinity conflict")
        && !said.contains("PersistentVolume's node affinity")
        && !said.contains("ReadWriteOncePod access mode")
    {
        return None;
    }
    let closed = closed::find(scene, instance, said).filter(|_| !unbound);
    if closed.as_ref().is_some_and(|closed| has_borne_claim(scene, instance, closed.node)) {
        // The volume is where it was: its node is closed.
        return None;
    }
    let named = said
        .split_once("persistentvolumeclaim \"")
        .and_then(|(_, rest)| rest.split('"').next())
        .map(str::to_owned);
    let name = named.or_else(|| only_claim(scene, instance, unbound));
    let gone = name.as_deref().and_then(|name| scene.named("PersistentVolumeClaim", name)?.gone);
    let object = name.map(|name| super::volume::reference(scene, &name));
    // Where nodes are not known nobody can tell whether it is closed to the volume's pods.
    let is_open = !unbound && closed::is_told(said) && !scene.knows_nodes();
    Some(Candidate {
        weight: Weight::Exact,
        proof: if is_open { Proof::TimeOnly } else { Proof::Supported },
        time: gone,
        // A node that is closed besides may be the one that has the volume.
        is_doubtful: closed.is_some(),
        what: if unbound {
            "a volume claim is not bound".to_owned()
        } else {
            "a volume claim can be had on no node now".to_owned()
        },
        ..Candidate::new(CauseClass::Volume, object)
    })
}

/// Whether a pod of the root used one of this one's claims on a node.
fn has_borne_claim(scene: &Scene<'_>, instance: &Instance<'_>, node: &Object) -> bool {
    let names = |view: &PodView<'_>, claim: &str| claims(view).contains(&claim);
    scene.pods.iter().any(|view| {
        view.pod.node.as_deref() == Some(&*node.meta.name)
            && claims(&instance.view).iter().any(|claim| names(view, claim))
    })
}

/// The claims that a pod names.
fn claims<'g>(view: &PodView<'g>) -> Vec<&'g str> {
    let fields = view.fields().under("volumes[");
    let mut claims: Vec<&str> = fields
        .filter(|(path, _)| path.ends_with("persistentVolumeClaim.claimName"))
        .filter_map(|(_, leaf)| leaf.shown())
        .collect();
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// The one claim that the pod names, or, of several, the one that is known not to be bound.
fn only_claim(scene: &Scene<'_>, instance: &Instance<'_>, unbound: bool) -> Option<String> {
    let mut claims = claims(&instance.view);
    if claims.len() > 1 && unbound {
        let is_unbound = |claim: &&str| {
            let claim = scene.named("PersistentVolumeClaim", claim).and_then(Object::plain_fields);
            claim.is_some_and(|fields| fields.text("status.phase") == Some("Pending"))
        };
        claims.retain(is_unbound);
    }
    if let [only] = claims.as_slice() { Some((*only).to_owned()) } else { None }
}

/// The pod whose place this one takes was preempted.
fn preempted(scene: &Scene<'_>, instance: &Instance<'_>) -> Option<Candidate> {
    let lost = lost_to_another(scene, instance)?;
    let taken = taken_by(scene, instance, named_for(scene, lost));
    let view = scene.pods.iter().find(|view| view.object.meta.uid == lost.meta.uid)?;
    let is_kubelets = view.pod.reason.as_deref() == Some(trigger::PREEMPTING);
    Some(match view.pod.node.as_deref().filter(|_| is_kubelets) {
        // Who the critical pod was is not said; the node is where it happened.
        Some(node) => Candidate {
            object: Some(super::node::reference(scene, node)),
            what: "the node needed room for a critical pod".to_owned(),
            ..taken
        },
        None => taken,
    })
}

/// The preempted pod whose place this one takes.
fn lost_to_another<'g>(scene: &Scene<'g>, instance: &Instance<'g>) -> Option<&'g Object> {
    let (class, lost, _) = trigger::replaced(scene, &instance.view)?;
    (class == TriggerClass::Preemption).then_some(lost)
}

/// The pod for which this one was preempted, by the scheduler's event.
fn named_for(scene: &Scene<'_>, lost: &Object) -> Option<EventObject> {
    let said = scene.events(lost).iter().find(|e| &*e.reason == trigger::PREEMPTED)?;
    trigger::named_by(scene, said)
}

/// The pod that took the place of the one before this, as far as events name it.
pub(in crate::blame) fn preemptor(
    scene: &Scene<'_>,
    instance: &Instance<'_>,
) -> Option<EventObject> {
    match lost_to_another(scene, instance) {
        Some(lost) => named_for(scene, lost),
        None => trigger::preemptor(scene, &instance.view),
    }
}

/// The pod that took the place, as far as it is known.
fn taken_by(scene: &Scene<'_>, instance: &Instance<'_>, by: Option<EventObject>) -> Candidate {
    let object = by.map(|pod| ObjectRef {
        api_version: Some("v1".to_owned()),
        kind: pod.kind.to_string(),
        namespace: pod.namespace.as_deref().map(str::to_owned),
        // Another namespace's objects are shown by kind only.
        name: Some(pod.name.to_string()).filter(|_| pod.namespace == scene.root.meta.namespace),
        uid: None,
    });
    Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(instance.view.created()),
        what: "a pod of higher priority took its place".to_owned(),
        ..Candidate::new(CauseClass::Preemption, object)
    }
}
