//! A pod whose scheduling gates nobody lifts.
//!
//! *Sees*: `PodScheduled=False`, reason `SchedulingGated`. *Step*: Schedule.
//! *Near miss*: a pod that has been gated for less than the threshold of any other pod
//! without a node.

use super::unschedulable::THRESHOLD_SECONDS;
use super::{Instance, Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;

/// The API server's word for it (kubernetes `pkg/registry/core/pod/strategy.go`).
pub(in crate::blame) const REASON: &str = "SchedulingGated";

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let scheduled = find_condition(&view.pod.conditions, "PodScheduled")
        .filter(|c| &*c.status == "False" && &*c.reason == REASON)?;
    let since = scheduled.since.unwrap_or_else(|| view.created());
    if !scene.has_lasted(since, THRESHOLD_SECONDS) {
        return None;
    }
    let instance = Instance::at_start(view, since, since);
    let mut symptom =
        Symptom::of_view(view, Step::Schedule, REASON, instance).saying(Some(&scheduled.message));
    symptom.severity = Severity::Stuck;
    Some(symptom)
}
