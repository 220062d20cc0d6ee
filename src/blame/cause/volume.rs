//! A volume of a claim that cannot be attached or mounted.
//!
//! *Sees*: the attach controller's and the kubelet's words, and the claim behind the
//! volume they name. *Near miss*: a volume that the failing revision is the first to
//! mount (its own change explains); a mount of no claim.

use super::{Candidate, Case, Proof};
use crate::blame::lineage::lineage;
use crate::blame::scene::{Scene, named_ref, object_ref};
use crate::blame::step::{Step, Weight};
use crate::graph::Object;
use crate::observe::Fields;
use crate::report::{CauseClass, Evidence, ObjectRef};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let instance = symptom.first_instance().filter(|_| symptom.step == Step::Volumes)?;
    let said = symptom.message.as_deref()?;
    let fields = instance.view.fields();
    let claim = claims(fields).into_iter().find(|claim| is_named(scene, claim, said))?;
    let is_new = lineage(scene, instance.view.revision?)
        .first()
        .is_some_and(|step| !claims(step.before).iter().any(|c| c.name == claim.name));
    if is_new {
        return None;
    }
    let is_held = said.contains("Multi-Attach error");
    Some(Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(instance.first_bad),
        what: format!(
            "the volume of claim {} {}",
            claim.name,
            if is_held { "is held on another node" } else { "cannot be mounted" }
        ),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: "events".to_owned(),
            value: symptom.message.clone(),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::Volume, Some(reference(scene, &claim.name)))
    })
}

/// A claim and the name of the pod's volume that uses it.
struct Claim {
    volume: String,
    name: String,
}

fn claims(fields: &Fields) -> Vec<Claim> {
    let of = |volume: &str| {
        let path = format!("volumes[{volume}].persistentVolumeClaim.claimName");
        let name = fields.text(&path)?.to_owned();
        Some(Claim { volume: volume.to_owned(), name })
    };
    fields.keys("volumes").filter_map(of).collect()
}

/// The kubelet names the pod's volume, the attach controller the persistent volume.
fn is_named(scene: &Scene<'_>, claim: &Claim, said: &str) -> bool {
    let bound = scene.named("PersistentVolumeClaim", &claim.name).and_then(Object::plain_fields);
    let bound = bound.and_then(|fields| fields.text("spec.volumeName"));
    let quoted = |name: &str| said.contains(&format!("\"{name}\""));
    quoted(&claim.volume)
        || bound.is_some_and(quoted)
        || said.contains(&format!("unmounted volumes=[{}", claim.volume))
}

/// A claim by name, as a report names it.
pub(super) fn reference(scene: &Scene<'_>, name: &str) -> ObjectRef {
    scene
        .named("PersistentVolumeClaim", name)
        .map_or_else(|| named_ref(scene, "v1", "PersistentVolumeClaim", name), object_ref)
}
