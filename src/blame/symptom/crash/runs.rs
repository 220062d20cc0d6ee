//! The runs of a container, one after the other: which belong together, whether the first
//! of them had been well, and what the runs that nobody saw took.

use crate::blame::budget;
use crate::blame::peer::seconds;
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::symptom::{BACK_OFF_RESET_SECONDS, Detail, RECOVERED_SECONDS};
use crate::graph::Run;
use crate::observe::{ContainerStatus, Termination};
use jiff::{SignedDuration, Timestamp};

/// How long a run lasted, in seconds.
pub(super) fn length(end: &Termination) -> i64 {
    match (end.started, end.finished) {
        (Some(from), Some(to)) => seconds(from, to).max(0),
        _ => 0,
    }
}

/// Up for a minute, and longer than any run of the episode (or than the back-off remembers). How
/// long a run was that its node or runtime cut off tells nothing of the container.
pub(super) fn has_recovered(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
    since: Option<Timestamp>,
) -> bool {
    let Some(since) = since else { return false };
    let ends = of_container(view, status).map(|run| &run.end).filter(|end| !is_cut_off(end));
    let longest = ends.map(length).max().unwrap_or(0);
    scene.has_lasted(
        since,
        longest.saturating_add(1).clamp(RECOVERED_SECONDS, BACK_OFF_RESET_SECONDS),
    )
}

/// Whether nobody knows how a run ended: its node was rebooted, or its runtime lost it (containerd
/// `internal/cri/server`, kubernetes `pkg/kubelet/kubelet_pods.go`).
fn is_cut_off(end: &Termination) -> bool {
    matches!(&*end.reason, "Unknown" | "ContainerStatusUnknown")
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
pub(super) fn episode<'g>(
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
pub(super) fn broke_off(runs: &[&Termination], single: i64) -> bool {
    let Some((first, later)) = runs.split_first() else { return false };
    match later.iter().map(|run| length(run)).max() {
        Some(longest) => outlasts(length(first), longest),
        None => length(first) >= single,
    }
}

/// The earliest time at which the run that was well before the bad ones can have begun: its
/// own start where it is known, else that of the first run with this spec.
pub(super) fn good_from(
    view: &PodView<'_>,
    status: &ContainerStatus,
    runs: &[&Termination],
    is_broken_off: bool,
) -> Timestamp {
    let bad = runs.first();
    let good = if is_broken_off {
        bad.copied()
    } else {
        let ends = of_container(view, status).map(|run| &run.end);
        ends.filter(|end| !runs.contains(end) && bad.is_some_and(|bad| end.finished <= bad.started))
            .max_by_key(|end| end.finished)
    };
    let since = view.spec_since();
    good.and_then(|run| run.started).map_or(since, |started| started.max(since))
}

/// How long a run must have lasted, in seconds, to have been well while it is the only one.
pub(super) fn single(view: &PodView<'_>, status: &ContainerStatus, detail: &Detail) -> i64 {
    // One of many runs, the others unseen: that each took its time is how it fails.
    if status.restarts > 1 {
        return BACK_OFF_RESET_SECONDS;
    }
    // A run that a probe ends lasts as long as the probe's budget, which proves nothing.
    let budget = match detail {
        Detail::ProbeKill => budget::until_killed(view.fields(), &PodView::container_path(status)),
        _ => 0,
    };
    (budget + SINGLE_SECONDS).min(BACK_OFF_RESET_SECONDS)
}

/// How many ended runs were seen.
pub(super) fn known_runs(view: &PodView<'_>, status: &ContainerStatus) -> usize {
    of_container(view, status).count()
}

/// Whether events say that the container ran for long before the loop began: a loop's
/// second crash is the first to be backed off, so until then runs like those that are
/// seen take only twice their length, and what the node needs to start the second. What
/// started first must still be told of.
pub(super) fn said_later(
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
    // What ran before an edit in place ran something else.
    let from = from.max(view.spec_since());
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
pub(super) fn began_with_pod(
    view: &PodView<'_>,
    status: &ContainerStatus,
    first: &Termination,
) -> bool {
    if has_earlier(view, status, first) {
        return unseen(view, status, first) == 0;
    }
    let unexplained = unexplained(view, status, first);
    let took = first.started.map_or(0, |started| seconds(view.spec_since(), started));
    unexplained <= 0 || took > EXACT_SECONDS && unexplained <= GOOD_SECONDS
}

/// Whether a run before a known one was seen. A node's clock may set a run's end a second
/// before its own start.
fn has_earlier(view: &PodView<'_>, status: &ContainerStatus, first: &Termination) -> bool {
    of_container(view, status).any(|run| run.end.finished < first.started.min(first.finished))
}

/// How much of the time before a known run the runs before it do not account for, in seconds.
pub(super) fn unexplained(
    view: &PodView<'_>,
    status: &ContainerStatus,
    first: &Termination,
) -> i64 {
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
pub(super) fn bad_since(
    view: &PodView<'_>,
    status: &ContainerStatus,
    first: &Termination,
) -> Option<Timestamp> {
    let unseen = unseen(view, status, first);
    let was_seen = has_earlier(view, status, first);
    let started = first.started.filter(|_| unseen > 1 && !was_seen)?;
    Some(started - SignedDuration::from_secs(back_off(unseen - 1)))
}

/// What a pod may take from its creation to its first run, in seconds.
const START_SECONDS: i64 = 60;
