//! A pod that is bound to a node but whose containers never begin.
//!
//! *Sees*: containers in `ContainerCreating` or `PodInitializing` while events say
//! that a mount or the sandbox fails. *Step*: Volumes or Sandbox.
//! *Near miss*: the kubelet's first, passing complaint on a fresh pod
//! (`failed to sync configmap cache`); an image that takes its time.

use super::{Detail, Instance, MAX_MESSAGE, Severity, Symptom, config};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::{Event, State};
use std::borrow::Cow;

/// How long a mount or a sandbox may fail before that is wrong, in seconds.
const THRESHOLD_SECONDS: i64 = 15;
/// A shorter end of a runtime's chain of errors, in bytes, does not say enough by itself.
const MIN_INNERMOST: usize = 40;

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let waits = view.pod.containers.iter().any(|c| {
        matches!(&c.state, State::Waiting { reason, .. } if matches!(&**reason, "ContainerCreating" | "PodInitializing" | ""))
    });
    if !waits || &*view.pod.phase != "Pending" {
        return None;
    }
    let events = scene.events(view.object);
    let (event, step) = events.iter().rev().find_map(|e| Some((e, step_of(e)?)))?;
    // Each sandbox that fails has an event of its own, since its name is in the words.
    let attempts = events.iter().filter(|e| step_of(e) == Some(step));
    let first = attempts.filter_map(|e| e.first).min().unwrap_or_else(|| view.created());
    let last = event.last.unwrap_or(first);
    // Said twice, or of something that does not exist: it will not pass by itself.
    let missing = config::missing(&event.message)
        .or_else(|| config::missing_in_volume(view.fields(), &event.message));
    if missing.is_none() && !scene.has_lasted(first, THRESHOLD_SECONDS) {
        return None;
    }
    let mut symptom =
        Symptom::of_view(view, step, event.reason.clone(), Instance::at_start(view, first, last))
            .saying(Some(&innermost(event)));
    symptom.severity = Severity::Stuck;
    if let Some(missing) = missing {
        symptom.detail = missing;
    } else if step == Step::Sandbox && event.message.contains("OOM-killed") {
        symptom.detail = Detail::Oom;
    }
    Some(symptom)
}

/// What the runtime says of a sandbox without the names of the layers that passed it on:
/// a chain of them is longer than a message may be, and what is wrong stands at its end.
fn innermost(event: &Event) -> Cow<'_, str> {
    let message = &*event.message;
    let inner = (&*event.reason == "FailedCreatePodSandBox" && message.len() > MAX_MESSAGE)
        .then(|| message.rmatch_indices(": ").find(|(at, _)| message.len() - at > MIN_INNERMOST))
        .flatten();
    match inner {
        Some((at, _)) => format!("Failed to create pod sandbox: …{}", &message[at..]).into(),
        None => message.into(),
    }
}

fn step_of(event: &Event) -> Option<Step> {
    match &*event.reason {
        "FailedMount" if event.message.contains("failed to sync") => None,
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" => Some(Step::Volumes),
        "FailedCreatePodSandBox" | "NetworkNotReady" => Some(Step::Sandbox),
        _ => None,
    }
}
