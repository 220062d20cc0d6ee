//! A readiness gate that somebody outside the pod has to open.
//!
//! *Near miss*: a gate that the failing revision is the first to name (that change
//! explains it better).

use super::{Candidate, Case, Proof};
use crate::blame::step::Weight;
use crate::blame::symptom::Detail;
use crate::report::CauseClass;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Detail::Gate(gate) = &case.symptom.detail else { return Vec::new() };
    vec![Candidate {
        weight: Weight::Explains,
        proof: Proof::Open,
        what: format!("readiness gate {gate} is not opened by the one who keeps it"),
        ..Candidate::new(CauseClass::External, None)
    }]
}
