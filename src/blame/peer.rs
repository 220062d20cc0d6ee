//! *Peers*: other instances that run the same step, and what they say of a change.
//!
//! A well peer without the change supports it; a well peer with it, or a failing
//! peer without it, refutes it. That decides more than any time.

use super::cause::Case;
use super::scene::PodView;
use super::step::Step;
use super::symptom::Symptom;
use crate::observe::{ContainerStatus, State};
use jiff::Timestamp;

/// Whether another pod shows, or showed, this very failure.
pub(super) fn fails_alike(case: &Case<'_, '_>, view: &PodView<'_>) -> bool {
    let symptom = case.symptom;
    let shows = |s: &Symptom<'_>| {
        s.reason == symptom.reason
            && s.container == symptom.container
            && s.step == symptom.step
            && s.is_shown_by(view)
    };
    if case.all.iter().any(shows) {
        return true;
    }
    let Some(container) = symptom.container.as_deref() else { return false };
    // Pods that were being stopped end with 137 or 143, and that is no failure.
    let stopped = view.asked_to_go();
    let crashed = view.object.memory.runs.iter().any(|run| {
        *run.container == *container
            && Some(run.end.exit_code) == symptom.exit_code
            && symptom.exit_code != Some(0)
            && stopped.is_none_or(|at| run.end.finished.is_some_and(|finished| finished < at))
    });
    let waits = view.lives()
        && view
            .pod
            .containers
            .iter()
            .any(|c| *c.name == *container && is_waiting_alike(symptom, c));
    crashed || waits
}

/// Whether another pod shows this failure after it had run well with what it has.
pub(super) fn turned_bad(case: &Case<'_, '_>, view: &PodView<'_>) -> bool {
    let same =
        |s: &&Symptom<'_>| s.container == case.symptom.container && s.step == case.symptom.step;
    case.all
        .iter()
        .filter(same)
        .flat_map(|s| &s.instances)
        .any(|i| i.ran_well() && is_same(&i.view, view))
}

fn is_waiting_alike(symptom: &Symptom<'_>, status: &ContainerStatus) -> bool {
    let State::Waiting { reason, .. } = &status.state else { return false };
    **reason == *symptom.reason
        || (&*symptom.reason == "ErrImagePull" && &**reason == "ImagePullBackOff")
}

/// Whether a pod passed the step that failed elsewhere, for at least as long.
pub(super) fn passed(case: &Case<'_, '_>, view: &PodView<'_>) -> bool {
    let symptom = case.symptom;
    let memory = &view.object.memory;
    // Of what ends with 0 again and again any end is one too many.
    let is_end = |run: &crate::graph::Run| {
        run.end.exit_code != 0
            || symptom.exit_code == Some(0) && Some(&*run.container) == symptom.container.as_deref()
    };
    let failed = view.object.meta.deleting.is_none() && memory.runs.iter().any(is_end);
    if failed || case.all.iter().any(|s| s.is_shown_by(view)) {
        return false;
    }
    // What is restarted always does not succeed: something ended it.
    if &*view.pod.phase == "Succeeded" && !view.restarts_always() {
        return true;
    }
    let Some(well) = memory.well else { return false };
    if symptom.instances.is_empty() || symptom.step < Step::Run {
        return true;
    }
    // It must have run longer than the failing one took to fail: a pod may wait long for its turn.
    let until = if view.lives() { case.scene.now } else { well };
    let is_other = view.revision != symptom.revision;
    seconds(began(view, symptom), until) > must_outlast(case, is_other)
}

/// For how long, in seconds, a peer must have run to have passed what the failing one did not.
/// What always died at once tells sooner what another template changed: two of its runs are
/// known, and none of them was half as long.
pub(super) fn must_outlast(case: &Case<'_, '_>, is_other: bool) -> i64 {
    let symptom = case.symptom;
    let Some(first) = symptom.first_instance() else { return SETTLE_SECONDS };
    let took = seconds(first.read_at, first.first_bad) + SETTLE_SECONDS;
    let runs = symptom.instances.iter().flat_map(|i| &i.view.object.memory.runs);
    let of_container = runs.filter(|run| Some(&*run.container) == symptom.container.as_deref());
    let lengths: Vec<i64> = of_container
        .map(|run| run.end.started.zip(run.end.finished).map_or(i64::MAX, |(a, b)| seconds(a, b)))
        .collect();
    match lengths.iter().max() {
        Some(longest) if is_other && symptom.step == Step::Run && lengths.len() > 1 => {
            longest.max(&0).saturating_mul(2).saturating_add(BRISK_SECONDS).min(took)
        }
        _ => took,
    }
}

/// Whether a sibling runs on, unharmed, for longer than any known run of the failing one: it
/// may not have proved that all is well, but that its template *never* ran well is not true.
pub(super) fn outlives(case: &Case<'_, '_>, view: &PodView<'_>) -> bool {
    let symptom = case.symptom;
    let failed = |run: &crate::graph::Run| run.end.exit_code != 0;
    if !view.is_ready() || view.object.memory.runs.iter().any(failed) || symptom.is_shown_by(view) {
        return false;
    }
    let runs = symptom.instances.iter().flat_map(|i| &i.view.object.memory.runs);
    let of_container = runs.filter(|run| Some(&*run.container) == symptom.container.as_deref());
    let length = |run: &crate::graph::Run| Some(seconds(run.end.started?, run.end.finished?));
    let longest = of_container.filter_map(length).max();
    longest.is_some_and(|longest| {
        seconds(began(view, symptom), case.scene.now) > longest + SETTLE_SECONDS
    })
}

/// How much longer than the failing one a peer must have lived, in seconds: without a
/// probe a container is ready as soon as it runs, however soon it dies.
pub(super) const SETTLE_SECONDS: i64 = 5;
/// The same where several runs of the failing one are known: what two clocks of whole seconds
/// may be apart.
const BRISK_SECONDS: i64 = 3;

/// The newest proof that a pod was well for more than a moment.
pub(super) fn was_well(view: &PodView<'_>, now: Timestamp) -> Option<Timestamp> {
    let memory = &view.object.memory;
    let well = memory.well?;
    // What was stopped with its pod ended well.
    let stopped = view.asked_to_go();
    let is_end = |run: &&crate::graph::Run| {
        run.end.exit_code != 0
            && stopped.is_none_or(|at| run.end.finished.is_some_and(|end| end < at))
    };
    let first = memory.runs.iter().filter(is_end).min_by_key(|run| run.end.finished);
    let lasted = match first {
        Some(run) => run.end.finished.is_some_and(|finished| {
            seconds(run.end.started.unwrap_or_else(|| view.created()), finished) >= LASTING_SECONDS
        }),
        // What went unharmed had no time to fail, and Kubernetes called it ready.
        None if !view.lives() => true,
        None => seconds(all_running_since(view), now) > SETTLE_SECONDS,
    };
    lasted.then_some(well)
}

/// A first run of this length, in seconds, was well before it failed.
const LASTING_SECONDS: i64 = 60;

/// When the same container of another pod last began to run; where it does not run, when
/// the pod was made.
pub(super) fn began(view: &PodView<'_>, symptom: &Symptom<'_>) -> Timestamp {
    let of_container = |name: &str| running(view).find(|(running, _)| *running == name);
    let since = symptom.container.as_deref().and_then(of_container).map(|(_, since)| since);
    since.unwrap_or_else(|| view.created())
}

/// When the last of its containers began to run: not before is a pod more than ready by chance.
fn all_running_since(view: &PodView<'_>) -> Timestamp {
    running(view).map(|(_, since)| since).max().unwrap_or_else(|| view.created())
}

/// The containers of a pod that run, and since when.
fn running<'v>(view: &'v PodView<'_>) -> impl Iterator<Item = (&'v str, Timestamp)> {
    view.pod.containers.iter().filter_map(|c| match &c.state {
        State::Running { since } => Some((&*c.name, (*since)?)),
        _ => None,
    })
}

fn is_same(a: &PodView<'_>, b: &PodView<'_>) -> bool {
    a.object.meta.uid == b.object.meta.uid
}

/// Whole seconds from one time to another.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second() - from.as_second()
}
