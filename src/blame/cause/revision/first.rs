//! A first revision that never ran well.

use super::super::{Candidate, Case, Proof};
use super::describe::generation;
use crate::blame::gone;
use crate::blame::lineage;
use crate::blame::peer;
use crate::blame::revision::Revision;
use crate::blame::scene::{PodView, Scene, node_ref, object_ref};
use crate::blame::step::{Step, Weight, is_own_doing};
use crate::blame::symptom::{Detail, Severity};
use crate::report::{CauseClass, ObjectRef};

/// How much later than its set a pod may come and still be of the first ones, in seconds.
const FIRST_SECONDS: i64 = 60;

/// Whether the failing pods came so late that others may have been there before them, of which
/// only events would tell, and none are known.
fn is_second_hand(case: &Case<'_, '_>, revision: &Revision<'_>) -> bool {
    let Some(made) = revision.carrier.meta.created else { return false };
    let is_late = |view: &PodView<'_>| peer::seconds(made, view.created()) > FIRST_SECONDS;
    revision.carrier.kind() == "ReplicaSet"
        && !gone::is_told_of(case)
        && case.symptom.instances.iter().all(|instance| is_late(&instance.view))
}

/// The first revision, where nothing ran well with it: everything in it is new.
pub(super) fn initial(case: &Case<'_, '_>, at: usize) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let revision = &scene.revisions[at];
    let injected = symptom
        .container_path
        .as_deref()
        .is_some_and(|path| revision.template.under(&format!("{path}.")).next().is_none());
    if injected
        || matches!(symptom.detail, Detail::Missing { .. } | Detail::Gate(_))
        || symptom.severity == Severity::Stuck && symptom.step == Step::Schedule
        || symptom.step == Step::Stay && !is_own_doing(&symptom.reason)
        || symptom.detail == Detail::NodeFault
    {
        return None;
    }
    // What ran well with this template, and then did not, has another cause.
    if scene.pods.iter().any(|view| view.revision == Some(at) && peer::turned_bad(case, view)) {
        return None;
    }
    // A number above one without its predecessor: that was lost, and with it the proof.
    let is_first = revision.number.is_none_or(|n| n <= 1) && !is_made_anew(scene, revision);
    let is_well = |view: &PodView<'_>| peer::passed(case, view) || peer::outlives(case, view);
    if scene.pods.iter().any(|view| view.revision == Some(at) && is_well(view)) {
        // What a sibling runs well with did run well.
        return None;
    }
    if gone::passed(case, at) {
        return None;
    }
    // That it never ran well is a guess where a pod, which is gone, ended in good order.
    let is_proved =
        is_first && !gone::ended_in_order(case, at, 0) && !is_second_hand(case, revision);
    let proof = if is_proved { Proof::Open } else { Proof::TimeOnly };
    let created = revision.carrier.meta.created;
    let by = lineage::first_author(scene, revision);
    let number = revision.number;
    let what = match number {
        Some(1) => "the first revision never ran well".to_owned(),
        Some(_) => "its predecessor is not known".to_owned(),
        None => "it never ran well".to_owned(),
    };
    if let Some(node) = static_on(scene) {
        // A static pod's template is its node's manifest; the API's pod only mirrors it.
        return Some(Candidate {
            weight: Weight::Explains,
            proof,
            time: created,
            what: "the static pod's manifest on the node".to_owned(),
            ..Candidate::new(CauseClass::Node, Some(node))
        });
    }
    Some(Candidate {
        revision: number,
        generation: generation(scene, revision),
        weight: Weight::Explains,
        proof,
        by,
        time: created,
        what,
        ..Candidate::new(CauseClass::Revision, Some(object_ref(scene.root)))
    })
}

/// How much younger than its Deployment the set of its first revision may be, in seconds.
const MADE_SECONDS: i64 = 60;

/// Whether a set bears the first number though its Deployment was there long before: it was
/// deleted and made anew (kubernetes `pkg/controller/deployment` numbers what is left), and what
/// ran before is lost.
fn is_made_anew(scene: &Scene<'_>, revision: &Revision<'_>) -> bool {
    let made = revision.carrier.meta.created.zip(scene.root.meta.created);
    revision.carrier.meta.uid != scene.root.meta.uid
        && revision.carrier.kind() == "ReplicaSet"
        && made.is_some_and(|(set, root)| peer::seconds(root, set) > MADE_SECONDS)
}

/// The node whose manifest makes a static pod.
fn static_on(scene: &Scene<'_>) -> Option<ObjectRef> {
    let meta = &scene.root.meta;
    let source = meta.annotation("kubernetes.io/config.source").is_some_and(|s| s != "api");
    let node = meta.controller().filter(|owner| source && &*owner.type_ref.kind == "Node")?;
    Some(node_ref(&node.name))
}
