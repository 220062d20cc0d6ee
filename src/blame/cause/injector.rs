//! A container, or a part of one, that was added at admission.
//!
//! *Near miss*: a user's own container that merely bears a known name; an injected
//! container that is equal in a well peer, or that ran well itself; a registry that is out.

use super::{Candidate, Case, Proof};
use crate::blame::change;
use crate::blame::origin;
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::{Weight, is_outage};
use crate::blame::symptom::Symptom;
use crate::observe::Difference;
use crate::report::{CauseClass, Evidence, OriginClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    find(scene, symptom).into_iter().collect()
}

fn find(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Option<Candidate> {
    let (name, path) = (symptom.container.as_deref()?, symptom.container_path.as_deref()?);
    let instance = symptom.first_instance()?;
    let status = instance
        .view
        .pod
        .containers
        .iter()
        .find(|c| *c.name == *name && PodView::container_path(c) == path)?;
    let origin = origin::of_container(scene, &instance.view, status);
    if origin.class != OriginClass::Injected {
        return None;
    }
    if is_outage(symptom) {
        // Whatever added it: a registry that answers nobody says nothing of what is asked for.
        return None;
    }
    // What was added to the pod as it was made, it has had ever since.
    if instance.bore_its_pod() {
        return None;
    }
    let prefix = format!("{path}.");
    let well =
        scene.pods.iter().filter(|v| !symptom.is_shown_by(v) && v.object.memory.well.is_some());
    let mut proof = Proof::Open;
    let mut changes: Vec<Difference<'_>> = Vec::new();
    for peer in well {
        let diff = peer.fields().diff(instance.view.fields());
        let own: Vec<_> = diff.into_iter().filter(|d| d.path.starts_with(&prefix)).collect();
        if own.is_empty() {
            // The same injected container runs well in a peer.
            return None;
        }
        proof = Proof::Supported;
        changes = own;
    }
    changes.sort_by(|a, b| change::prominence(a.path).cmp(&change::prominence(b.path)));
    let what = if changes.is_empty() {
        format!("container {name} was added at admission")
    } else {
        let told = change::phrase(&changes);
        if change::is_whole(&changes) {
            format!("injected {told}")
        } else {
            format!("injected container {name}: {told}")
        }
    };
    Some(Candidate {
        weight: Weight::Exact,
        proof,
        what,
        changes: change::fields(&changes),
        evidence: vec![Evidence {
            object: crate::blame::scene::object_ref(instance.view.object),
            field: format!("spec.{path}"),
            value: Some("in no managedFields entry, and absent from the template".to_owned()),
            time: None,
        }],
        ..Candidate::new(CauseClass::Injector, origin.injector)
    })
}
