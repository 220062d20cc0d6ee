//! A rollout that its controller has given up on, with nothing else to be seen.
//!
//! *Sees*: `Progressing=False`, reason `ProgressDeadlineExceeded`. *Step*: Probe (the
//! controller waits for available pods). *Near miss*: any other symptom: it speaks.

use super::{Severity, Symptom};
use crate::blame::scene::Scene;
use crate::blame::step::Step;
use crate::observe::{Condition, find_condition};

pub(super) fn see<'g>(scene: &Scene<'g>, pods: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    let stalled = given_up(scene).filter(|_| pods.is_empty());
    let since = stalled.and_then(|c| c.since);
    stalled
        .zip(since)
        .map(|(condition, since)| {
            let current = scene.current().map(|(at, _)| at);
            let mut symptom =
                Symptom::of_root(Step::Probe, "ProgressDeadlineExceeded", current, since, since)
                    .saying(Some(&condition.message));
            symptom.severity = Severity::Stuck;
            symptom
        })
        .into_iter()
        .collect()
}

/// The condition by which a controller says that it no longer expects a rollout to end.
pub(super) fn given_up<'g>(scene: &Scene<'g>) -> Option<&'g Condition> {
    find_condition(&scene.workload()?.status.conditions, "Progressing")
        .filter(|c| &*c.status == "False" && &*c.reason == "ProgressDeadlineExceeded")
}
