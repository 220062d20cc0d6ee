//! A pod that no scheduler has looked at.
//!
//! *Sees*: a pod without a node and without a word of the scheduler, neither condition nor
//! event. *Step*: Schedule. *Near miss*: a pod that has waited for less than any other pod
//! without a node may; one that the scheduler, or a gate, speaks of.

use super::unschedulable::THRESHOLD_SECONDS;
use super::{Instance, Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;

/// The phase is all that is said of it.
pub(in crate::blame) const REASON: &str = "Pending";

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let is_told = find_condition(&view.pod.conditions, "PodScheduled").is_some()
        || scene.events(view.object).iter().any(|e| &*e.reason == "FailedScheduling");
    let since = view.created();
    let waits = &*view.pod.phase == REASON && view.pod.node.is_none() && !is_told;
    if !waits || !scene.has_lasted(since, THRESHOLD_SECONDS) {
        return None;
    }
    let instance = Instance::at_start(view, since, since);
    let name = view.fields().text("schedulerName").unwrap_or("default-scheduler");
    let mut symptom = Symptom::of_view(view, Step::Schedule, REASON, instance)
        .saying(Some(&format!("scheduler {name} has not looked at the pod")));
    symptom.severity = Severity::Stuck;
    Some(symptom)
}
