//! Somebody edited the pod itself.
//!
//! *Sees*: a field of the pod that differs from its revision's template, and either
//! the edit itself or a manager other than the pod's maker that owns it and wrote
//! after the pod was made. *Near miss*: what admission added or changed (owned by
//! nobody, or by the maker); a label; what the container has run well with since.

use super::{Candidate, Case, Proof};
use crate::blame::author::{self, When};
use crate::blame::change;
use crate::blame::peer::seconds;
use crate::blame::scene::{SLACK, Scene, object_ref};
use crate::blame::step::{Weight, weigh};
use crate::blame::symptom::{Detail, Instance, Symptom};
use crate::graph::Edited;
use crate::observe::{Difference, Owner};
use crate::report::{CauseClass, Evidence, Trigger, TriggerClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    symptom
        .first_instance()
        .and_then(|instance| {
            let found =
                seen(scene, symptom, instance).or_else(|| owned(scene, symptom, instance))?;
            Some(found).filter(|found| !was_borne(symptom, instance, found))
        })
        .into_iter()
        .collect()
}

/// How long a container must have run after an edit to have borne it, in seconds.
const BORNE_SECONDS: i64 = 600;

/// Whether the container ran well with what was edited, from its start or for long. Memory
/// fills up slowly: a limit may take its time.
fn was_borne(symptom: &Symptom<'_>, instance: &Instance<'_>, edit: &Candidate) -> bool {
    let Some(time) = edit.time.filter(|_| symptom.detail != Detail::Oom) else { return false };
    let lasted = || seconds(time, instance.bad_since) > BORNE_SECONDS;
    instance.bore(time) || instance.ran_well() && lasted()
}

/// The edit was seen as the difference of two versions of the pod.
fn seen(scene: &Scene<'_>, symptom: &Symptom<'_>, instance: &Instance<'_>) -> Option<Candidate> {
    let pod = instance.view.object;
    pod.memory
        .edits
        .iter()
        .rev()
        .filter(|edit| edit.not_before <= instance.first_bad + SLACK)
        .find_map(|edit| {
            let Edited::Fields { before, after } = &edit.what else { return None };
            let changes: Vec<Difference<'_>> = before
                .diff(after)
                .into_iter()
                .filter(|d| weigh(symptom, d) > Weight::None && !is_of_template(scene, instance, d))
                .collect();
            let weight = changes.iter().map(|d| weigh(symptom, d)).max()?;
            let by = author::of_changes(
                &edit.ownership,
                &changes,
                When::Between(edit.not_before, edit.at),
            )
            .or_else(|| resized_by(&edit.ownership.owners, &changes));
            let time = by.as_ref().map_or(edit.at, |(_, at)| *at);
            Some(describe(scene, instance, &changes, weight, by.map(|(author, _)| author), time))
        })
}

/// The edit shows only as a field with another owner and value than the maker's.
fn owned(scene: &Scene<'_>, symptom: &Symptom<'_>, instance: &Instance<'_>) -> Option<Candidate> {
    let pod = instance.view.object;
    let revision = scene.revisions.get(instance.view.revision?)?;
    if revision.carrier.meta.uid == pod.meta.uid {
        return None;
    }
    let late = |owner: &&Owner| {
        let is_later =
            owner.time.zip(pod.meta.created).is_some_and(|(time, created)| time > created + SLACK);
        is_later && &*owner.manager != "kube-controller-manager"
    };
    let diff = revision.template.diff(instance.view.fields());
    let changes: Vec<Difference<'_>> = diff
        .into_iter()
        .filter(|d| weigh(symptom, d) > Weight::None)
        .filter(|d| pod.ownership.owners.iter().filter(late).any(|owner| owner.owns(d.path)))
        .collect();
    let weight = changes.iter().map(|d| weigh(symptom, d)).max()?;
    let owner =
        pod.ownership.owners.iter().filter(late).find(|owner| owner.owns(changes[0].path))?;
    Some(describe(scene, instance, &changes, weight, Some(author::author(owner)), owner.time?))
}

/// A controller that updates its pods in place brings them to its template: that is a
/// rollout, no edit behind its back (Kruise's `CloneSet` does so).
fn is_of_template(scene: &Scene<'_>, instance: &Instance<'_>, change: &Difference<'_>) -> bool {
    let revision = instance.view.revision.and_then(|at| scene.revisions.get(at));
    revision.is_some_and(|r| {
        r.carrier.meta.uid != instance.view.object.meta.uid
            && r.template.get(change.path) == change.to
    })
}

/// A resize is written through a subresource, whose writer is the author all the same.
fn resized_by(
    owners: &[Owner],
    changes: &[Difference<'_>],
) -> Option<(crate::report::Author, jiff::Timestamp)> {
    let owner = owners.iter().find(|owner| {
        &*owner.subresource == "resize" && changes.iter().any(|c| owner.owns(c.path))
    })?;
    Some((author::author(owner), owner.time?))
}

fn describe(
    scene: &Scene<'_>,
    instance: &Instance<'_>,
    changes: &[Difference<'_>],
    weight: Weight,
    by: Option<crate::report::Author>,
    time: jiff::Timestamp,
) -> Candidate {
    let pod = object_ref(instance.view.object);
    let vpa = changes[0]
        .path
        .contains(".resources.")
        .then(|| super::admitted::vertical_autoscaler(scene, &instance.view))
        .flatten();
    let (class, object) = match vpa {
        Some(vpa) => (CauseClass::Autoscaler, vpa),
        None => (CauseClass::DirectPodEdit, pod.clone()),
    };
    let trigger = if class == CauseClass::Autoscaler {
        TriggerClass::Autoscaler
    } else {
        TriggerClass::DirectPodEdit
    };
    Candidate {
        weight,
        proof: Proof::Supported,
        by,
        time: Some(time),
        what: format!("the pod itself was edited: {}", change::phrase(changes)),
        changes: change::fields(changes),
        evidence: vec![Evidence {
            object: pod.clone(),
            field: format!("spec.{}", changes[0].path),
            value: None,
            time: Some(time.into()),
        }],
        trigger: Some(Trigger {
            class: trigger,
            object: Some(object.clone()),
            time: Some(time.into()),
        }),
        remedy: (class == CauseClass::DirectPodEdit && scene.root.kind() != "Pod").then(|| {
            format!(
                "kubectl delete pod {} (its controller makes a new one from the template)",
                instance.view.name()
            )
        }),
        ..Candidate::new(class, Some(object))
    }
}
