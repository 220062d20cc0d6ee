//! The registry's own answer to a pull.
//!
//! *Sees*: what the runtime says of the failed pull. A registry that cannot be
//! reached, refuses everybody for a while, or shows a bad certificate is outside the
//! cluster, whatever the revision changed. *Near miss*: an image that a new revision
//! names and that does not exist, or whose registry does not (the revision's own change
//! explains that).

use super::{Candidate, Case, Proof};
use crate::blame::image;
use crate::blame::lineage;
use crate::blame::peer;
use crate::blame::scene::{PodView, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Detail, PullError, pull};
use crate::observe::Fields;
use crate::report::{CauseClass, Evidence};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let symptom = case.symptom;
    let (Step::Pull, Detail::Pull(error), Some(instance)) =
        (symptom.step, &symptom.detail, symptom.first_instance())
    else {
        return Vec::new();
    };
    let what = match error {
        // No other revision names it, so nothing says that it ever existed, or was trusted.
        PullError::NoSuchHost | PullError::Untrusted if is_new_host(case) => return Vec::new(),
        PullError::NoSuchHost | PullError::Unreachable => "the registry cannot be reached",
        PullError::RateLimited => "the registry limits the rate of pulls",
        PullError::Certificate | PullError::Untrusted => {
            "the registry's certificate is not trusted"
        }
        // The same image was pulled before under this very name: it is gone now, or closed.
        PullError::NotFound if !is_new(case) => "the registry no longer gives out the image",
        PullError::Denied if !is_new(case) && !names_secrets(case) => {
            "the registry no longer gives out the image"
        }
        PullError::NotFound | PullError::NoPlatform | PullError::Denied | PullError::Other => {
            return Vec::new();
        }
    };
    vec![Candidate {
        weight: Weight::Exact,
        proof: if is_lost_host(case) { Proof::TimeOnly } else { Proof::Supported },
        // What nobody is known to have had from it may not be its fault alone.
        is_doubtful: is_new_host(case),
        what: what.to_owned(),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: "status.containerStatuses.state.waiting.message".to_owned(),
            value: symptom.message.clone(),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::External, None)
    }]
}

/// Whether the pod pulls with secrets, which may have changed unseen, or lacks those with which
/// another of the root had its image.
fn names_secrets(case: &Case<'_, '_>) -> bool {
    let names = |view: &PodView<'_>| view.fields().under("imagePullSecrets[").next().is_some();
    let instance = case.symptom.first_instance();
    instance.is_some_and(|i| names(&i.view))
        || case.scene.pods.iter().any(|view| names(view) && peer::passed(case, view))
}

/// Whether the failing revision is the first to name this image, as far as is known.
fn is_new(case: &Case<'_, '_>) -> bool {
    let Case { scene, symptom, .. } = *case;
    let (Some(at), Some(image), Some(first)) =
        (symptom.revision, pull::path_of(symptom), symptom.first_instance())
    else {
        return true;
    };
    // Of a pod that was edited itself another image is pulled than its template names.
    let wanted = first.view.fields().text(&image);
    let before = lineage::lineage(scene, at);
    let named_before = before.first().is_some_and(|step| step.before.text(&image) == wanted);
    // A sibling that runs it proves that it could be had.
    let had =
        scene.pods.iter().any(|view| {
            view.fields().text(&image) == wanted
                && !symptom.is_shown_by(view)
                && view.pod.containers.iter().any(|c| {
                    Some(&*c.name) == symptom.container.as_deref() && !c.image_id.is_empty()
                })
        });
    !(named_before || had)
}

/// Whether the failing revision is the first to name this registry.
fn is_new_host(case: &Case<'_, '_>) -> bool {
    let Case { scene, symptom, .. } = *case;
    let (Some(at), Some(image)) = (symptom.revision, pull::path_of(symptom)) else {
        return false;
    };
    let steps = lineage::lineage(scene, at);
    let host = |fields: &Fields| image::host_of(fields.get(&image)).map(str::to_owned);
    let wanted = host(&scene.revisions[at].template);
    !steps.is_empty() && steps.iter().all(|step| host(step.before) != wanted)
}

/// Whether it cannot be told that the registry was ever known: the predecessor is
/// lost, and nobody has the image.
fn is_lost_host(case: &Case<'_, '_>) -> bool {
    let Case { scene, symptom, .. } = *case;
    let is_of_host = matches!(symptom.detail, Detail::Pull(error) if error.is_of_host());
    let is_unknown = is_of_host && is_new(case);
    let Some(at) = symptom.revision.filter(|_| is_unknown) else { return false };
    lineage::is_lost(scene, at)
}
