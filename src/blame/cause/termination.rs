//! An old pod, or the finalizer that holds it, keeps what a new one needs.
//!
//! *Sees*: a deletion that is overdue, and the pod's finalizers.
//! *Near miss*: whatever changed in the template meanwhile: it waits, and has broken nothing.

use super::{Candidate, Case, Proof};
use crate::blame::scene::object_ref;
use crate::blame::step::Weight;
use crate::blame::symptom::held;
use crate::report::{CauseClass, Evidence, Trigger, TriggerClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let view = held::first(scene).filter(|_| &*symptom.reason == "Terminating")?;
    let (pod, due) = (object_ref(view.object), view.object.meta.deleting?);
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
        trigger: Some(Trigger {
            class: TriggerClass::PodDeleted,
            object: Some(pod.clone()),
            time: Some(due.into()),
        }),
        ..Candidate::new(CauseClass::Termination, Some(pod))
    })
}
