//! The pull secrets that a service account gives to its pods.
//!
//! *Sees*: a refused pull of a pod whose template names no pull secret, and well pods, alike in
//! that and of the same account, that were given other ones (kubernetes
//! `plugin/pkg/admission/serviceaccount`: what a template names itself is left alone).
//! *Near miss*: secrets that the template names; well pods that were given the same; an account
//! that gives what it gave before, so that somebody else set what the pod has.

use super::{Candidate, Case, Proof, pull_secret};
use crate::blame::author::{self, When};
use crate::blame::change::MAX_CHANGES;
use crate::blame::peer;
use crate::blame::scene::{PodView, Scene, named_ref, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Detail, PullError};
use crate::graph::Object;
use crate::observe::line;
use crate::report::{CauseClass, FieldChange};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let is_refused = symptom.detail == Detail::Pull(PullError::Denied);
    let instance = symptom.first_instance().filter(|_| symptom.step == Step::Pull && is_refused)?;
    let account = account(&instance.view);
    let given = given(scene, &instance.view)?;
    let is_served =
        |view: &&PodView<'_>| self::account(view) == account && peer::passed(case, view);
    let peers = scene.pods.iter().filter(is_served);
    let mut served: Vec<_> =
        peers.filter_map(|view| Some((view.created(), self::given(scene, view)?))).collect();
    if served.iter().any(|(_, secrets)| *secrets == given) {
        return None;
    }
    served.sort();
    let (until, before) = served.pop()?;
    let path = |name: &str| line(&format!("imagePullSecrets[{name}].name"), 256);
    let gone = before.iter().filter(|name| !given.contains(name)).map(|name| FieldChange {
        path: path(name),
        from: Some(line(name, 128)),
        to: None,
    });
    let new: Vec<&str> = given.iter().copied().filter(|name| !before.contains(name)).collect();
    let come = new.iter().map(|name| FieldChange {
        path: path(name),
        from: None,
        to: Some(line(name, 128)),
    });
    let known = scene.named("ServiceAccount", account);
    let gives =
        known.filter(|o| o.gone.is_none()).and_then(Object::plain_fields).map(pull_secret::named);
    if gives.as_ref() == Some(&before) {
        return None;
    }
    // Of a list that is there its last writer is known, of one that was emptied nobody.
    let mut paths: Vec<String> = new.iter().map(|name| path(name)).collect();
    paths.extend((!given.is_empty()).then(|| "imagePullSecrets".to_owned()));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let by = known.and_then(|o| author::of_paths(&o.ownership, &paths, When::Since(until)));
    let (by, time) = by.unzip();
    Some(Candidate {
        weight: Weight::Exact,
        // Whoever is not seen to give it may not have given it.
        proof: if gives.is_some() { Proof::Supported } else { Proof::TimeOnly },
        is_doubtful: gives.as_ref() != Some(&given),
        by,
        time: time.or_else(|| known?.gone),
        what: format!("service account {account} gives its pods other pull secrets"),
        changes: gone.chain(come).take(MAX_CHANGES).collect(),
        ..Candidate::new(
            CauseClass::Dependency,
            Some(
                known.map_or_else(|| named_ref(scene, "v1", "ServiceAccount", account), object_ref),
            ),
        )
    })
}

/// The account that a pod runs under.
fn account<'g>(view: &PodView<'g>) -> &'g str {
    view.fields().text("serviceAccountName").unwrap_or("default")
}

/// The pull secrets that a pod has by its account: `None` where its template names some.
fn given<'g>(scene: &Scene<'_>, view: &PodView<'g>) -> Option<Vec<&'g str>> {
    let template = &scene.revisions.get(view.revision?)?.template;
    if template.is_empty() || template.under("imagePullSecrets[").next().is_some() {
        return None;
    }
    Some(pull_secret::named(view.fields()))
}
