//! Two writers that fight over one field of the root.
//!
//! *Near miss*: edits that one writer takes back itself.

use super::{Candidate, Case, Proof};
use crate::blame::scene::object_ref;
use crate::blame::step::Weight;
use crate::blame::symptom::conflict;
use crate::report::{CauseClass, Evidence, FieldChange, Trigger, TriggerClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    if &*case.symptom.reason != conflict::REASON {
        return Vec::new();
    }
    let Some(fight) = conflict::of_root(case.scene) else { return Vec::new() };
    let root = object_ref(case.scene.root);
    let writers = format!("{} and {}", fight.writers.0, fight.writers.1);
    vec![Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(fight.last.at),
        not_before: Some(fight.first.not_before),
        what: format!("{writers} write {} in turns", fight.path),
        evidence: vec![Evidence {
            object: root.clone(),
            field: "metadata.managedFields".to_owned(),
            value: Some(crate::observe::line(&writers, 256)),
            time: Some(fight.last.at.into()),
        }],
        changes: vec![FieldChange { path: fight.path, from: None, to: None }],
        trigger: Some(Trigger { class: TriggerClass::None, object: None, time: None }),
        ..Candidate::new(CauseClass::Conflict, Some(root))
    }]
}
