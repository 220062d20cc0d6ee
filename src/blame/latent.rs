//! What is real but does not fail yet: pods that will fail at their next start.
//!
//! *Sees*: a blamed edit of a `ConfigMap` or Secret, and well pods that read it into their
//! environment before. *Near miss*: a mounted object, which they have read again by now; a
//! pod that started after the edit.

use super::peer;
use super::reference;
use super::scene::PodView;
use super::step::Step;
use super::{cause::Case, words};
use crate::observe::Fields;
use crate::report::{
    self, Cause, CauseClass, Confidence, ContainerType, Finding, Moment, Trigger, TriggerClass,
};
use jiff::Timestamp;

/// The finding for the pods that the blamed edit has not reached yet.
pub(super) fn finding(case: &Case<'_, '_>, failing: &Finding) -> Option<Finding> {
    let cause = &failing.cause;
    let is_config = matches!(cause.class, CauseClass::ConfigChange | CauseClass::SecretChange);
    // An init container begins again in a new pod only.
    let begins_again = case.symptom.container_type != Some(ContainerType::Init);
    if !is_config || !begins_again || !cause.is_blame() || case.symptom.step != Step::Run {
        return None;
    }
    let edited = cause.time.map(Moment::timestamp)?;
    let waiting = waiting(case, cause, edited);
    let first = waiting.first()?;
    Some(Finding {
        symptom: report::Symptom {
            message: Some("will fail at its next start: it runs with what it read before".into()),
            exit_code: None,
            pods: i32::try_from(waiting.len()).unwrap_or(i32::MAX),
            examples: waiting
                .iter()
                .take(words::MAX_EXAMPLES)
                .map(|view| view.name().to_owned())
                .collect(),
            first_seen: edited.max(first.created()).into(),
            last_seen: edited.max(first.created()).into(),
            ..failing.symptom.clone()
        },
        // It has yet to happen.
        cause: Cause { confidence: Some(Confidence::Likely), ..cause.clone() },
        trigger: Some(Trigger { class: TriggerClass::None, object: None, time: None }),
        evidence: failing.evidence.last().cloned().into_iter().collect(),
        contributors: Vec::new(),
        latent: true,
        ..failing.clone()
    })
}

/// The well pods whose container started before the edit and reads the object at its start.
fn waiting<'s, 'g>(case: &Case<'s, 'g>, cause: &Cause, edited: Timestamp) -> Vec<&'s PodView<'g>> {
    let symptom = case.symptom;
    let Some(path) = symptom.container_path.as_deref() else { return Vec::new() };
    let is_before = |view: &&PodView<'_>| {
        let began = peer::began(view, symptom);
        view.counts() && view.is_ready() && began < edited && !symptom.is_shown_by(view)
    };
    let pods = case.scene.pods.iter().filter(is_before);
    pods.filter(|view| reads(view.fields(), path, cause)).collect()
}

fn reads(fields: &Fields, path: &str, cause: &Cause) -> bool {
    let Some(object) = &cause.object else { return false };
    let is_it = |r: &reference::Reference| {
        r.at_start && object.kind == r.kind && object.name.as_deref() == Some(&r.name)
    };
    reference::of_container(fields, path).iter().any(is_it)
}
