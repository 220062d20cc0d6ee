//! A scheduling gate that somebody outside the pod has to lift.
//!
//! *Sees*: the gates in the pod's own spec, which a queue's webhook may have set.
//! *Near miss*: a gate that the failing revision is the first to name (its own change
//! explains it).

use super::{Candidate, Case, Proof};
use crate::blame::lineage::lineage;
use crate::blame::scene::object_ref;
use crate::blame::step::Weight;
use crate::blame::symptom::GATED;
use crate::observe::line;
use crate::report::{CauseClass, Evidence};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let instance = symptom.first_instance().filter(|_| &*symptom.reason == GATED)?;
    let gate = instance.view.fields().keys("schedulingGates").next().unwrap_or("of unknown name");
    let names = |fields: &crate::observe::Fields| fields.keys("schedulingGates").any(|g| g == gate);
    let brings = |at: usize| {
        lineage(scene, at)
            .first()
            .is_some_and(|step| names(&step.revision.template) && !names(step.before))
    };
    if instance.view.revision.is_some_and(brings) {
        return None;
    }
    let gate = line(gate, 128);
    Some(Candidate {
        weight: Weight::Explains,
        proof: Proof::Open,
        time: Some(instance.view.created()),
        what: format!("scheduling gate {gate} is not lifted by the one who keeps it"),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: format!("spec.schedulingGates[{gate}]"),
            value: symptom.message.clone(),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::Scheduling, Some(object_ref(scene.root)))
    })
}
