//! A container that dies.
//!
//! *Sees*: `state.terminated`, `lastState.terminated` and `restartCount` (the
//! waiting reason `CrashLoopBackOff` shows for milliseconds only, so it is never
//! relied on), and the kubelet's Killing events.
//! *Step*: Run; Start where the process could not even be started.
//! *Near miss*: a container that ended because its pod is being deleted; an init
//! container that ended with 0; a container that has been up again for long.

mod runs;

use super::{Before, Detail, Instance, Symptom};
use crate::blame::budget;
use crate::blame::peer::seconds;
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::step::Step;
use crate::observe::{ContainerStatus, Event, State, Termination};
use crate::report::ContainerType;
use jiff::{SignedDuration, Timestamp};
use runs::{
    bad_since, began_with_pod, broke_off, episode, good_from, has_recovered, known_runs, length,
    said_later, single, unexplained,
};

pub(super) fn see<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &'g ContainerStatus,
) -> Option<Symptom<'g>> {
    let kind = view.container_type(status);
    if kind == ContainerType::Ephemeral {
        return None;
    }
    let restarts_always = restarts_always(view, kind);
    let is_bad = |end: &Termination| end.exit_code != 0 || is_oom(end) || restarts_always;
    let end = match &status.state {
        State::Terminated(end) if kind == ContainerType::Init => {
            Some(end).filter(|end| end.exit_code != 0)
        }
        State::Terminated(end) => Some(end).filter(|end| is_bad(end)),
        State::Running { since } => status
            .last
            .as_ref()
            .filter(|end| is_bad(end) && !has_recovered(scene, view, status, *since)),
        State::Waiting { .. } => status.last.as_ref().filter(|end| is_bad(end)),
    }?;
    // One orderly end without a restart yet is not a loop: it may be the pod's own stopping.
    if end.exit_code == 0 && !is_oom(end) && status.restarts == 0 {
        return None;
    }
    let (runs, is_second) = episode(view, status, end);
    let first = runs.first().copied().unwrap_or(end);
    let first_bad = first.finished.unwrap_or(view.object.memory.seen);
    let is_restart = is_second
        || !began_with_pod(view, status, first)
        || known_runs(view, status) < usize::try_from(status.restarts).unwrap_or(0)
            && said_later(scene, view, status, &runs);
    let detail = detail(scene, view, status, end, &runs);
    // What runs but once and then fails has never done what it is for.
    let is_broken_off = restarts_always && broke_off(&runs, single(view, status, &detail));
    let was_well = is_restart || is_broken_off || said_later(scene, view, status, &runs);
    let instance = Instance {
        view: *view,
        first_bad,
        last_bad: end.finished.unwrap_or(first_bad),
        read_at: first.started.filter(|_| is_restart).unwrap_or_else(|| view.spec_since()),
        is_restart,
        before: Before::well_if(was_well),
        good_from: was_well.then(|| good_from(view, status, &runs, is_broken_off)),
        reread_at: runs.get(1).filter(|_| is_broken_off).and_then(|run| run.started),
        bad_since: bad_since(view, status, first).unwrap_or(first_bad).min(first_bad),
        is_vague: unexplained(view, status, first) > 0,
    };
    let step = if is_start_error(end) { Step::Start } else { Step::Run };
    let reason = word(end, &runs, restarts_always || status.restarts > 0);
    let said = match detail {
        Detail::ProbeKill => probe_kill(scene, view, status, end).map(|event| &*event.message),
        _ => end.message.as_deref(),
    };
    let mut symptom = Symptom::of_container(view, status, step, reason, instance).saying(said);
    symptom.exit_code = Some(first.exit_code);
    symptom.detail = detail;
    Some(symptom)
}

/// Whether the kubelet starts it again whatever its exit code.
fn restarts_always(view: &PodView<'_>, kind: ContainerType) -> bool {
    match kind {
        ContainerType::Sidecar => true,
        ContainerType::Init => false,
        _ => view.restarts_always(),
    }
}

fn is_oom(end: &Termination) -> bool {
    &*end.reason == "OOMKilled"
}

/// The process could not be started (containerd `StartError`, cri-dockerd `ContainerCannotRun`).
pub(super) fn is_start_error(end: &Termination) -> bool {
    matches!(&*end.reason, "StartError" | "ContainerCannotRun")
}

fn word(end: &Termination, runs: &[&Termination], again: bool) -> &'static str {
    if is_oom(end) || runs.iter().any(|run| is_oom(run)) {
        "OOMKilled"
    } else if is_start_error(end) {
        "StartError"
    } else if again {
        "CrashLoopBackOff"
    } else {
        "Error"
    }
}

fn detail(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
    end: &Termination,
    runs: &[&Termination],
) -> Detail {
    let limit = format!("{}.resources.limits.memory", PodView::container_path(status));
    // Without a limit of its own a container only runs out of its node's memory.
    let is_nodes =
        if is_oom(end) { view.fields().get(&limit).is_none() } else { end.exit_code == 137 };
    if is_nodes && has_node_no_memory(scene, view, end) {
        return Detail::NodeFault;
    }
    if is_oom(end) || runs.iter().any(|run| is_oom(run)) {
        return Detail::Oom;
    }
    if probe_kill(scene, view, status, end).is_some() {
        return Detail::ProbeKill;
    }
    if matches!(end.exit_code, 137 | 143) { Detail::Killed } else { Detail::Plain }
}

/// The kubelet's word that a probe had the container killed.
fn probe_kill<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &ContainerStatus,
    end: &Termination,
) -> Option<&'g Event> {
    let longest = budget::until_killed(view.fields(), &PodView::container_path(status));
    scene.events(view.object).iter().find(|event| is_probe_kill(event, status, end, longest))
}

/// Whether the kernel of the pod's node killed for want of memory just then (kubernetes
/// `pkg/kubelet/oom`, node-problem-detector).
fn has_node_no_memory(scene: &Scene<'_>, view: &PodView<'_>, end: &Termination) -> bool {
    let (Some(node), Some(finished)) = (view.pod.node.as_deref(), end.finished) else {
        return false;
    };
    let is_near = |at: Timestamp| seconds(at, finished).abs() <= KILL_SECONDS;
    scene.events_of_node(node).iter().any(|event| {
        matches!(&*event.reason, "SystemOOM" | "OOMKilling") && event.last.is_some_and(is_near)
    })
}

/// How long a kill may take to end a container: the default grace period and some more.
const KILL_SECONDS: i64 = 60;

/// `Container main failed liveness probe, will be restarted` (kubernetes
/// `pkg/kubelet/kuberuntime/kuberuntime_manager.go`), just before the end. A probe kills
/// within `longest` seconds of a start.
fn is_probe_kill(event: &Event, status: &ContainerStatus, end: &Termination, longest: i64) -> bool {
    let is_kill = &*event.reason == "Killing"
        && event.container.as_deref() == Some(&*status.name)
        && event.message.contains("probe, will be restarted");
    let (Some(said), Some(finished)) = (event.last, end.finished) else { return is_kill };
    let is_just_before =
        said - SLACK <= finished && finished <= said + SignedDuration::from_secs(KILL_SECONDS);
    // Kills in a row are rationed as events: what is killed again and again owes one, whatever
    // it ends with when it is asked to stop.
    let is_killed = matches!(end.exit_code, 137 | 143);
    let is_usual = event.count.saturating_mul(2) >= status.restarts && length(end) <= longest;
    is_kill && (is_just_before || status.restarts > 0 && (is_killed || is_usual))
}
