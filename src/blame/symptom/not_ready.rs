//! A container that runs but is not ready for longer than its probes allow.
//!
//! *Sees*: `running` without `ready`, and the probes' own budgets.
//! *Step*: Probe. *Near miss*: a container still within its budget; one that has
//! no probe (it is ready as soon as it runs); one whose probe has not been answered yet.

use super::{Before, Instance, Symptom};
use crate::blame::budget::{self, Answers};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::{ContainerList, ContainerStatus, State};
use crate::report::ContainerType;

/// A fresh pod turns unready before, or as, its container starts: later it was ready, in seconds.
const FIRST_SECONDS: i64 = 2;
/// A container that was ready this long had passed its probes, in seconds.
const WELL_SECONDS: i64 = 10;

pub(super) fn see<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &'g ContainerStatus,
) -> Option<Symptom<'g>> {
    let State::Running { since: Some(since) } = status.state else { return None };
    let kind = view.container_type(status);
    if status.ready || matches!(kind, ContainerType::Init | ContainerType::Ephemeral) {
        return None;
    }
    let path = PodView::container_path(status);
    let said = scene
        .events(view.object)
        .iter()
        .filter(|e| &*e.reason == "Unhealthy" && e.container.as_deref() == Some(&*status.name))
        .filter(|e| !e.message.contains("context canceled"))
        .max_by_key(|e| e.last);
    // On a node that is busy a probe may still wait for its first answer.
    let answers = if said.is_some() { Answers::Known } else { Answers::Unknown };
    let probes = ["startupProbe", "readinessProbe"];
    let budget = budget::of_probes(view.fields(), &path, probes, answers)?;
    if status.list == ContainerList::Init && status.started == Some(true) {
        return None;
    }
    let deadline =
        scene.workload().and_then(|w| w.progress_deadline_seconds).map_or(i64::MAX, i64::from);
    // It may have been ready for long before: then its unreadiness counts from there.
    let unready = crate::observe::find_condition(&view.pod.conditions, "Ready")
        .and_then(|c| c.since)
        .unwrap_or(since)
        .max(since);
    if !scene.has_lasted(unready, budget.min(deadline)) {
        return None;
    }
    let mut instance = Instance::at_start(
        view,
        unready,
        said.and_then(|e| e.last).unwrap_or(unready).max(unready),
    );
    let lasted = unready.as_second() - since.as_second();
    if lasted > FIRST_SECONDS {
        // Its readiness fell after it had run: it was ready before. A probe reads
        // continuously, so its inputs were last read just before it failed.
        instance.read_at = unready;
        instance.before = if lasted >= WELL_SECONDS { Before::Well } else { Before::Ready };
    }
    Some(
        Symptom::of_container(view, status, Step::Probe, "Unhealthy", instance)
            .saying(said.map(|e| &*e.message)),
    )
}
