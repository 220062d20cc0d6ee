//! What a pod names and nobody has made: its node, or the template of its claim.
//!
//! *Sees*: the pod's own fields and the words on it. *Near miss*: a name that the failing
//! revision is the first to name (its own change explains it).

use super::{Candidate, Case, Proof};
use crate::blame::lineage;
use crate::blame::scene::{named_ref, node_ref, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::Detail;
use crate::observe::Leaf;
use crate::report::{CauseClass, Evidence};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let Detail::Missing { kind, name, .. } = &symptom.detail else { return None };
    let instance = symptom.first_instance().filter(|_| symptom.step == Step::Schedule)?;
    let names = |leaf: Option<&Leaf>| leaf.and_then(Leaf::shown) == Some(name);
    let revision = symptom.revision;
    if revision.is_some_and(|at| lineage::brought(scene, at, |d| names(d.to))) {
        return None;
    }
    let is_lost = revision.is_some_and(|at| lineage::is_lost(scene, at));
    let object = match *kind {
        "Node" => node_ref(name),
        kind => named_ref(scene, "resource.k8s.io/v1", kind, name),
    };
    Some(Candidate {
        weight: Weight::Exact,
        proof: if is_lost { Proof::TimeOnly } else { Proof::Supported },
        what: format!("{kind} {name} does not exist"),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: if *kind == "Node" { "spec.nodeName" } else { "events" }.to_owned(),
            value: symptom.message.clone(),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::Dependency, Some(object))
    })
}
