//! A pod whose containers are ready but a readiness gate is not open.
//!
//! *Sees*: `Ready=False`, reason `ReadinessGatesNotReady`. *Step*: Probe.
//! *Near miss*: a gate that has not been given its minute.

use super::{Detail, Instance, Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;

/// How long a load balancer may take to open a gate, in seconds.
const THRESHOLD_SECONDS: i64 = 60;

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let ready = find_condition(&view.pod.conditions, "Ready")
        .filter(|c| &*c.reason == "ReadinessGatesNotReady")?;
    let since = ready.since.unwrap_or_else(|| view.created());
    if !scene.has_lasted(since, THRESHOLD_SECONDS) {
        return None;
    }
    let gate = ready.message.split('"').nth(1).unwrap_or_default();
    let mut symptom = Symptom::of_view(
        view,
        Step::Probe,
        "ReadinessGatesNotReady",
        Instance::at_start(view, since, since),
    )
    .saying(Some(&ready.message));
    symptom.detail = Detail::Gate(gate.to_owned());
    symptom.severity = Severity::Stuck;
    Some(symptom)
}
