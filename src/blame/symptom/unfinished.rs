//! An init container that runs and does not end, so that nothing after it begins.
//!
//! *Sees*: an init container in `running`, its pod's condition Initialized false with
//! reason `ContainersNotInitialized`, for longer than the rollout may take without
//! progress (`progressDeadlineSeconds`, or its default). *Step*: Run.
//! *Near miss*: a sidecar, which is meant to go on; one that still has time; one that
//! was there before and is as it was: what it waits for lies elsewhere.

use super::{Instance, Severity, Symptom, stalled};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::{ContainerStatus, State};
use crate::report::ContainerType;

/// What the API defaults a Deployment's progress deadline to, in seconds.
const DEADLINE_SECONDS: i64 = 600;

pub(super) fn see<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &'g ContainerStatus,
) -> Option<Symptom<'g>> {
    let State::Running { since: Some(since) } = status.state else { return None };
    if view.container_type(status) != ContainerType::Init {
        return None;
    }
    let deadline = scene.workload().and_then(|w| w.progress_deadline_seconds).map(i64::from);
    let is_late = scene.has_lasted(since, deadline.unwrap_or(DEADLINE_SECONDS));
    if !is_late && stalled::given_up(scene).is_none() {
        return None;
    }
    let instance = Instance { read_at: since, ..Instance::at_start(view, since, since) };
    let mut symptom =
        Symptom::of_container(view, status, Step::Run, "ContainersNotInitialized", instance);
    symptom.severity = Severity::Stuck;
    Some(symptom)
}
