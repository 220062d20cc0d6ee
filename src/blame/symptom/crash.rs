//! A container that dies.
//!
//! *Sees*: `state.terminated`, `lastState.terminated` and `restartCount` (the
//! waiting reason `CrashLoopBackOff` shows for milliseconds only, so it is never
//! relied on), and the kubelet's Killing events.
//! *Step*: Run; Start where the process could not even be started.
//! *Near miss*: a container that ended because its pod is being deleted; an init
//! container that ended with 0; a container that has been up again for long.

use super::{Before, Detail, Instance, Symptom, budget};
use crate::blame::peer::seconds;
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::step::Step;
use crate::graph::Run;
use crate::observe::{ContainerStatus, Event, State, Termination};
use crate::report::ContainerType;
use jiff::{SignedDuration, Timestamp};

/// A restarted container is well again when it has been up this long, in seconds …
const RECOVERED_SECONDS: i64 = 60;
/// … or longer than any earlier run, but never longer than the kubelet itself
/// remembers: its back-off starts anew after ten minutes of running (KEP-4603).
const BACK_OFF_RESET_SECONDS: i64 = 600;

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
    let instance = Instance {
        view: *view,
        first_bad,
        last_bad: end.finished.unwrap_or(first_bad),
        read_at: first.started.filter(|_| is_restart).unwrap_or_else(|| view.spec_since()),
        is_restart,
        before: Before::well_if(
            is_restart
            // What runs but once and then fails has never done what it is for.
            || restarts_always && broke_off(&runs, single(view, status, &detail))
            || said_later(scene, view, status, &runs),
        ),
        bad_since: bad_since(view, status, first).unwrap_or(first_bad).min(first_bad),
        is_vague: unexplained(view, status, first) > 0,
    };
    let step = if is_start_error(end) { Step::Start } else { Step::Run };
    let reason = word(end, &runs, restarts_always || status.restarts > 0);
    let mut symptom =
        Symptom::of_container(view, status, step, reason, instance).saying(end.message.as_deref());
    symptom.exit_code = Some(first.exit_code);
    symptom.detail = detail;
    Some(symptom)
}

/// Whether the kubelet starts it again whatever its exit code.
fn restarts_always(view: &PodView<'_>, kind: ContainerType) -> bool {
    match kind {
        ContainerType::Sidecar => true,
        ContainerType::Init => false,
        _ => view.fields().text("restartPolicy").unwrap_or("Always") == "Always",
    }
}

fn is_oom(end: &Termination) -> bool {
    &*end.reason == "OOMKilled"
}

/// The process could not be started (containerd `StartError`, cri-dockerd `ContainerCannotRun`).
pub(super) fn is_start_error(end: &Termination) -> bool {
    matches!(&*end.reason, "StartError" | "ContainerCannotRun")
}

fn length(end: &Termination) -> i64 {
    match (end.started, end.finished) {
        (Some(from), Some(to)) => seconds(from, to).max(0),
        _ => 0,
    }
}

/// Up for a minute, and longer than any run of the episode (or than the back-off remembers).
fn has_recovered(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
    since: Option<Timestamp>,
) -> bool {
    let Some(since) = since else { return false };
    let longest = of_container(view, status).map(|run| length(&run.end)).max().unwrap_or(0);
    scene.has_lasted(
        since,
        longest.saturating_add(1).clamp(RECOVERED_SECONDS, BACK_OFF_RESET_SECONDS),
    )
}

/// The ended runs of a container since its pod got the spec it has: what ran before an
/// edit in place ran something else.
fn of_container<'a>(
    view: &PodView<'a>,
    status: &'a ContainerStatus,
) -> impl DoubleEndedIterator<Item = &'a Run> {
    let since = view.spec_since();
    let of_spec = move |run: &&Run| run.end.started.is_none_or(|started| started + SLACK >= since);
    view.object.memory.runs.iter().filter(move |run| run.container == status.name).filter(of_spec)
}

/// The bad runs up to `end` that belong together, and whether an earlier incident of
/// the same container is cut off: a run that lasted, and ended otherwise than what
/// follows, is another story (an OOM after days, then a loop over a changed `ConfigMap`).
fn episode<'g>(
    view: &PodView<'g>,
    status: &'g ContainerStatus,
    end: &'g Termination,
) -> (Vec<&'g Termination>, bool) {
    let mut runs: Vec<&Termination> = of_container(view, status).map(|run| &run.end).collect();
    runs.sort_by_key(|run| run.finished);
    if !runs.iter().any(|run| run.finished == end.finished) {
        runs.push(end);
    }
    let ends_alike =
        |a: &Termination, b: &Termination| a.exit_code == b.exit_code && a.reason == b.reason;
    let begin = (1..runs.len())
        .rev()
        .find(|at| {
            let (before, this) = (runs[at - 1], runs[*at]);
            length(this) >= BACK_OFF_RESET_SECONDS
                || !ends_alike(before, this) && outlasts(length(before), length(this))
        })
        .unwrap_or(0);
    (runs.split_off(begin), begin > 0)
}

/// A run that lasted clearly longer than another: not the same way of failing.
fn outlasts(run: i64, other: i64) -> bool {
    run >= LASTING_SECONDS && run > 3 * other
}

/// The shortest run that can be called well, in seconds.
const LASTING_SECONDS: i64 = 10;
/// A single run of this length, in seconds, was well before it failed.
const SINGLE_SECONDS: i64 = 60;

/// Whether the first run of the episode was well for long, and those after it were not:
/// what the template says had not changed between them.
fn broke_off(runs: &[&Termination], single: i64) -> bool {
    let Some((first, later)) = runs.split_first() else { return false };
    match later.iter().map(|run| length(run)).max() {
        Some(longest) => outlasts(length(first), longest),
        None => length(first) >= single,
    }
}

/// How long a run must have lasted, in seconds, to have been well while it is the only one.
fn single(view: &PodView<'_>, status: &ContainerStatus, detail: &Detail) -> i64 {
    // A run that a probe ends lasts as long as the probe's budget, which proves nothing.
    let budget = match detail {
        Detail::ProbeKill => budget::until_killed(view.fields(), &PodView::container_path(status)),
        _ => 0,
    };
    (budget + SINGLE_SECONDS).min(BACK_OFF_RESET_SECONDS)
}

/// How many ended runs were seen.
fn known_runs(view: &PodView<'_>, status: &ContainerStatus) -> usize {
    of_container(view, status).count()
}

/// Whether events say that the container ran for long before the loop began: a loop's
/// second crash is the first to be backed off, so until then runs like those that are
/// seen take only twice their length, and what the node needs to start the second. What
/// started first must still be told of.
fn said_later(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
    runs: &[&Termination],
) -> bool {
    let said = |reason: &str| {
        scene.events(view.object).iter().find(|event| {
            &*event.reason == reason
                && event.container.as_deref() == Some(&*status.name)
                && (reason != "BackOff" || event.message.contains("restarting failed container"))
        })
    };
    let (Some(started), Some(backed_off)) = (said("Started"), said("BackOff")) else {
        return false;
    };
    let (Some(from), Some(to)) = (started.first, backed_off.first) else { return false };
    let made = said("Created").and_then(|event| event.first).unwrap_or(from);
    let start = START_FACTOR * seconds(made, from).max(0);
    let longest = runs.iter().map(|run| length(run)).max().unwrap_or(0);
    let rest = seconds(from, to) - 2 * longest - start;
    started.count > status.restarts.min(1) && outlasts(rest, longest)
}

/// A restart takes the node so many times what it took from making the first container to
/// starting it: it looks for what ended, makes the next and starts it.
const START_FACTOR: i64 = 3;

/// Whether the first bad run belongs to a loop that began with the pod itself, so
/// that it read what the pod's first run read.
///
/// A status shows one or two runs of a loop; the ones before are counted, and may
/// have taken no longer than the kubelet's back-off lets them (10 s doubling to 5 min).
fn began_with_pod(view: &PodView<'_>, status: &ContainerStatus, first: &Termination) -> bool {
    if of_container(view, status).any(|run| run.end.finished < first.started) {
        return unseen(view, status, first) == 0;
    }
    let unexplained = unexplained(view, status, first);
    let took = first.started.map_or(0, |started| seconds(view.spec_since(), started));
    unexplained <= 0 || took > EXACT_SECONDS && unexplained <= GOOD_SECONDS
}

/// How much of the time before a known run the runs before it do not account for, in seconds.
fn unexplained(view: &PodView<'_>, status: &ContainerStatus, first: &Termination) -> i64 {
    let unseen = unseen(view, status, first);
    let Some(started) = first.started.filter(|_| unseen > 0) else { return 0 };
    let runs = i64::from(unseen) * (length(first) + 5);
    seconds(view.spec_since(), started) - back_off(unseen) - runs - START_SECONDS
}

/// Up to this age of a loop, in seconds, its back-off accounts for every moment.
const EXACT_SECONDS: i64 = 180;
/// Runs differ in length, and a node may be slow. Only an unexplained time of this length,
/// in seconds, tells of a good run: of what happened later the Events would still tell.
const GOOD_SECONDS: i64 = 3_600;

/// How many runs the container had before a known one, that nobody saw.
fn unseen(view: &PodView<'_>, status: &ContainerStatus, first: &Termination) -> i32 {
    let known = of_container(view, status).find(|run| run.end.finished == first.finished);
    known.map_or(status.restarts, |run| run.restarts).clamp(0, 1_000)
}

/// What the kubelet waits in all for so many restarts, in seconds.
fn back_off(restarts: i32) -> i64 {
    (0..restarts).map(|n| (10_i64 << n.min(5)).min(300)).sum()
}

/// The latest time a loop can have begun of which only the newest runs are known: the
/// first restart waits for nothing, the others for their back-off.
fn bad_since(
    view: &PodView<'_>,
    status: &ContainerStatus,
    first: &Termination,
) -> Option<Timestamp> {
    let unseen = unseen(view, status, first);
    let was_seen = of_container(view, status).any(|run| run.end.finished < first.started);
    let started = first.started.filter(|_| unseen > 1 && !was_seen)?;
    Some(started - SignedDuration::from_secs(back_off(unseen - 1)))
}

/// What a pod may take from its creation to its first run, in seconds.
const START_SECONDS: i64 = 60;

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
    let longest = budget::until_killed(view.fields(), &PodView::container_path(status));
    let is_kill = |event: &Event| is_probe_kill(event, status, end, longest);
    if scene.events(view.object).iter().any(is_kill) {
        return Detail::ProbeKill;
    }
    if matches!(end.exit_code, 137 | 143) { Detail::Killed } else { Detail::Plain }
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
