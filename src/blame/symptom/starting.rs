//! A pod that is bound to a node but whose containers never begin.
//!
//! *Sees*: containers in `ContainerCreating` or `PodInitializing` while events say
//! that a mount or the sandbox fails. *Step*: Volumes or Sandbox.
//! *Near miss*: the kubelet's first, passing complaint on a fresh pod
//! (`failed to sync configmap cache`); an image that takes its time.

use super::{Instance, Severity, Symptom, config};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::{Event, State};

/// How long a mount or a sandbox may fail before that is wrong, in seconds.
const THRESHOLD_SECONDS: i64 = 15;

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let waits = view.pod.containers.iter().any(|c| {
        matches!(&c.state, State::Waiting { reason, .. } if matches!(&**reason, "ContainerCreating" | "PodInitializing" | ""))
    });
    if !waits || &*view.pod.phase != "Pending" {
        return None;
    }
    let event = scene.events(view.object).iter().rev().find(|event| step_of(event).is_some())?;
    let first = event.first.unwrap_or_else(|| view.created());
    let last = event.last.unwrap_or(first);
    // Said twice, or of something that does not exist: it will not pass by itself.
    let missing = config::missing(&event.message);
    if missing.is_none() && !scene.has_lasted(first, THRESHOLD_SECONDS) {
        return None;
    }
    let step = step_of(event)?;
    let mut symptom =
        Symptom::of_view(view, step, event.reason.clone(), Instance::at_start(view, first, last))
            .saying(Some(&event.message));
    symptom.severity = Severity::Stuck;
    if let Some(missing) = missing {
        symptom.detail = missing;
    }
    Some(symptom)
}

fn step_of(event: &Event) -> Option<Step> {
    match &*event.reason {
        "FailedMount" if event.message.contains("failed to sync") => None,
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" => Some(Step::Volumes),
        "FailedCreatePodSandBox" | "NetworkNotReady" => Some(Step::Sandbox),
        _ => None,
    }
}
