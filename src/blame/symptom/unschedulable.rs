//! A pod for which no node is found.
//!
//! *Sees*: `PodScheduled=False`, reason Unschedulable, with the scheduler's sentence.
//! *Step*: Schedule. *Near miss*: a pod that has waited for less than the threshold
//! (autoscalers need a moment), and one whose gates are still closed.

use super::{Instance, Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;

/// How long a pod may look for a node before that is wrong, in seconds.
pub(super) const THRESHOLD_SECONDS: i64 = 30;

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let scheduled =
        find_condition(&view.pod.conditions, "PodScheduled").filter(|c| &*c.status == "False")?;
    if &*scheduled.reason != "Unschedulable" {
        return None;
    }
    let since = scheduled.since.unwrap_or_else(|| view.created());
    if !scene.has_lasted(since, THRESHOLD_SECONDS) {
        return None;
    }
    let said = scene.events(view.object).iter().rev().find(|e| &*e.reason == "FailedScheduling");
    let instance =
        Instance::at_start(view, since, said.and_then(|e| e.last).unwrap_or(since).max(since));
    let mut symptom = Symptom::of_view(view, Step::Schedule, "Unschedulable", instance)
        .saying(Some(&scheduled.message));
    symptom.severity = Severity::Stuck;
    Some(symptom)
}
