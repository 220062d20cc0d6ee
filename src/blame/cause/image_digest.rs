//! An image tag that moved: the same image string, another digest.
//!
//! *Near miss*: pods of two revisions that name different images; a digest that
//! runs well elsewhere; an image that was never started, or that ran well for long.

use super::{Candidate, Case, Proof};
use crate::blame::scene::{SLACK, Scene, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::Symptom;
use crate::observe::line;
use crate::report::{CauseClass, Evidence, FieldChange};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    find(scene, symptom).into_iter().collect()
}

fn find(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Option<Candidate> {
    let (name, path) = (symptom.container.as_deref()?, symptom.container_path.as_deref()?);
    if !matches!(symptom.step, Step::Run | Step::Start | Step::Probe) {
        return None;
    }
    let instance = symptom.first_instance()?;
    let image_path = format!("{path}.image");
    let image = instance.view.fields().text(&image_path)?;
    let digest = |view: &crate::blame::scene::PodView<'_>| {
        view.pod
            .containers
            .iter()
            .find(|c| *c.name == *name)
            .map(|c| c.image_id.to_string())
            .filter(|id| !id.is_empty())
    };
    let bad = digest(&instance.view)?;
    let is_failing = |uid: &crate::observe::Uid| {
        symptom.instances.iter().any(|i| i.view.object.meta.uid == *uid)
    };
    // Peers of any revision that name the very same image and are well.
    let well: Vec<String> = scene
        .pods
        .iter()
        .filter(|view| !is_failing(&view.object.meta.uid) && view.object.memory.well.is_some())
        .filter(|view| view.fields().text(&image_path) == Some(image))
        .filter_map(digest)
        .collect();
    let good = well.first()?.clone();
    let others_agree =
        symptom.instances.iter().filter_map(|i| digest(&i.view)).all(|id| !well.contains(&id));
    if well.contains(&bad) || !others_agree {
        return None;
    }
    // It ran well: with this very image, unless a restart pulled anew. That is proved where
    // the tag still gave the other image to a pod made no earlier.
    let policy = instance.view.fields().text(&format!("{path}.imagePullPolicy"));
    let is_pulled_anew = policy == Some("Always")
        && scene.pods.iter().any(|view| {
            instance.view.created() <= view.created() + SLACK
                && digest(view).is_some_and(|id| well.contains(&id))
        });
    if instance.bore_its_pod() && !is_pulled_anew {
        return None;
    }
    let short = |id: &str| line(id.rsplit('@').next().unwrap_or(id), 128);
    Some(Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(instance.read_at),
        what: format!("{image} is another image than before"),
        changes: vec![FieldChange {
            path: image_path,
            from: Some(short(&good)),
            to: Some(short(&bad)),
        }],
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: format!("status.containerStatuses[{name}].imageID"),
            value: Some(short(&bad)),
            time: None,
        }],
        remedy: Some(format!("pin {image} to a digest that works")),
        ..Candidate::new(CauseClass::ImageDigest, Some(object_ref(instance.view.object)))
    })
}
