//! A pull secret that was changed or is not there.
//!
//! *Sees*: a pull that the registry denied, and a Secret of `imagePullSecrets` that
//! was written after it was made, or that the kubelet could not retrieve.
//! *Near miss*: an image that does not exist; a secret that nobody touched, or that has
//! served since.

use super::{Candidate, Case, Proof};
use crate::blame::author::{self, When};
use crate::blame::peer;
use crate::blame::scene::{PodView, SLACK, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Detail, PullError};
use crate::observe::Fields;
use crate::report::{CauseClass, FieldChange, ObjectRef};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let (Step::Pull, Some(instance)) = (symptom.step, symptom.first_instance()) else {
        return Vec::new();
    };
    let secrets = named(instance.view.fields());
    let denied = matches!(symptom.detail, Detail::Pull(PullError::Denied));
    let unretrieved = |name: &str| {
        let said = scene.events(instance.view.object);
        said.iter()
            .any(|e| &*e.reason == "FailedToRetrieveImagePullSecret" && e.message.contains(name))
    };
    secrets
        .into_iter()
        .filter_map(|name| {
            let object = scene.named("Secret", name);
            if object.is_none_or(|o| o.gone.is_some()) && unretrieved(name) {
                return Some(missing(case, name, object.and_then(|o| o.gone)));
            }
            let object = object.filter(|_| denied)?;
            let created = object.meta.created?;
            let paths = ["data[.dockerconfigjson]", "data[.dockercfg]", "data"];
            let written = paths
                .iter()
                .flat_map(|path| object.ownership.of(path))
                .filter_map(|owner| owner.time)
                .max();
            let time = written
                .filter(|time| *time > created + SLACK && *time <= instance.first_bad + SLACK)?;
            let by = author::of_paths(&object.ownership, &paths, When::Between(time, time));
            Some(Candidate {
                weight: Weight::Exact,
                proof: if has_served(case, name, time) {
                    Proof::TimeOnly
                } else {
                    Proof::Supported
                },
                by: by.map(|(author, _)| author),
                time: Some(time),
                what: format!("pull secret {name} was changed"),
                changes: vec![FieldChange {
                    path: "data[.dockerconfigjson]".to_owned(),
                    from: None,
                    to: None,
                }],
                ..Candidate::new(CauseClass::SecretChange, Some(object_ref(object)))
            })
        })
        .collect()
}

/// The names of the pull secrets that a pod has, or an account gives.
pub(super) fn named(fields: &Fields) -> Vec<&str> {
    let named = fields.under("imagePullSecrets[");
    named.filter(|(path, _)| path.ends_with("].name")).filter_map(|(_, l)| l.shown()).collect()
}

/// Whether a pod that pulls with the secret was made after it was written, and has its image.
fn has_served(case: &Case<'_, '_>, secret: &str, since: jiff::Timestamp) -> bool {
    let names = |view: &PodView<'_>| {
        let mut leaves = view.fields().under("imagePullSecrets[");
        leaves.any(|(_, leaf)| leaf.shown() == Some(secret))
    };
    case.scene
        .pods
        .iter()
        .any(|view| view.created() > since + SLACK && names(view) && peer::passed(case, view))
}

fn missing(case: &Case<'_, '_>, name: &str, gone: Option<jiff::Timestamp>) -> Candidate {
    let object = ObjectRef {
        api_version: Some("v1".to_owned()),
        kind: "Secret".to_owned(),
        namespace: case.scene.root.meta.namespace.as_deref().map(str::to_owned),
        name: Some(name.to_owned()),
        uid: None,
    };
    Candidate {
        weight: Weight::Exact,
        proof: Proof::Open,
        time: gone,
        what: format!("pull secret {name} cannot be retrieved"),
        ..Candidate::new(CauseClass::SecretChange, Some(object))
    }
}
