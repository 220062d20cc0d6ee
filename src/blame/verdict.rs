//! The *verdict*: how the root is doing, and since when.
//!
//! | what | counts as wrong after |
//! |---|---|
//! | a crash, a refusal, an image that cannot be had | at once |
//! | no node found, no scheduler that looks, a scheduling gate | 30 s |
//! | a mount or sandbox that fails | 15 s, at once when what it needs does not exist |
//! | not ready | the probes' own budget or the progress deadline, whichever is first |
//! | a readiness gate | 60 s |
//! | a deletion held by a finalizer | 30 s; 60 s while the root waits for what it owns |
//! | evicted again and again for a limit of its own | until the newest pod has outlived those before, at least 60 s, at most 10 min |
//! | recovered after a crash | up longer than any earlier run, at least 60 s, at most 10 min |

use super::scene::{PodView, Scene};
use super::symptom::{Severity, Symptom, job};
use crate::observe::find_condition;
use crate::report::Verdict;
use jiff::Timestamp;

/// The verdict and when it began.
pub(super) fn of(scene: &Scene<'_>, symptoms: &[Symptom<'_>]) -> (Verdict, Timestamp) {
    let worst = symptoms.iter().map(|s| s.severity).min();
    let verdict = match worst {
        // A proved failure is never hidden by staleness.
        Some(Severity::Failing) => Verdict::Failing,
        _ if !scene.stale_chain().is_empty() => Verdict::Unknown,
        Some(Severity::Stuck) => Verdict::Stuck,
        None => settled(scene),
    };
    (verdict, since(scene, symptoms, verdict))
}

/// Nothing is wrong: is the desired state reached?
fn settled(scene: &Scene<'_>) -> Verdict {
    let is_reached = match scene.root.kind() {
        "Pod" => pod_is_done(scene),
        "Job" => scene.workload().is_some_and(|w| has(w, "Complete") || w.paused),
        // Between two runs a CronJob is as its newest Job ended.
        "CronJob" => job::newest(scene).is_none_or(|newest| job::outcome(newest) == Some(true)),
        _ => scene.workload().map_or_else(|| all_ready(scene), |w| counts_agree(scene, w)),
    };
    if is_reached { Verdict::Healthy } else { Verdict::Progressing }
}

/// Whether a condition of its status is true.
pub(super) fn has(work: &crate::observe::Workload, condition: &str) -> bool {
    find_condition(&work.status.conditions, condition)
        .is_some_and(crate::observe::Condition::is_true)
}

fn pod_is_done(scene: &Scene<'_>) -> bool {
    scene.pods.iter().all(|view| &*view.pod.phase == "Succeeded" || view.is_ready())
}

fn all_ready(scene: &Scene<'_>) -> bool {
    scene.counting().all(PodView::is_ready)
}

/// The controller has seen the newest spec, and every pod is of it, ready and available.
fn counts_agree(scene: &Scene<'_>, work: &crate::observe::Workload) -> bool {
    let status = &work.status;
    let wanted = status.desired.or(work.replicas).unwrap_or(1);
    let observed = status.observed_generation >= scene.root.meta.generation
        || scene.root.kind() == "ReplicationController";
    let (current, _) = scene.current().map_or((None, None), |(at, r)| (Some(at), Some(r)));
    let held = work.paused || is_held(scene, work);
    let of_current = |view: &&PodView<'_>| {
        held || current.is_none() || view.revision.is_none() || view.revision == current
    };
    let ready = scene.counting().filter(of_current).filter(|view| view.is_ready()).count();
    let others = scene.counting().filter(|view| !of_current(view)).count();
    let updated = held
        || status.updated >= wanted
        || matches!(scene.root.kind(), "ReplicaSet" | "ReplicationController");
    let available =
        status.available >= wanted || work.min_ready_seconds == 0 && status.ready >= wanted;
    observed
        && updated
        && available
        && i32::try_from(ready).unwrap_or(i32::MAX) >= wanted
        && others == 0
}

/// A template that is held back by the update strategy is not under way.
fn is_held(scene: &Scene<'_>, work: &crate::observe::Workload) -> bool {
    scene.root.kind() != "Deployment" && (&*work.strategy == "OnDelete" || work.partition > 0)
}

fn since(scene: &Scene<'_>, symptoms: &[Symptom<'_>], verdict: Verdict) -> Timestamp {
    let made = scene.root.meta.created.unwrap_or(scene.root.memory.seen);
    let computed = match verdict {
        Verdict::Failing => {
            symptoms.iter().filter(|s| s.severity == Severity::Failing).map(|s| s.first).min()
        }
        Verdict::Stuck => symptoms.iter().map(|s| s.first).min(),
        Verdict::Progressing => scene.current().and_then(|(_, r)| r.activated.at),
        Verdict::Healthy => became_ready(scene),
        Verdict::Unknown => None,
    };
    let computed = computed.unwrap_or(made);
    // The same verdict as before goes on; what it began with may be gone by now.
    match scene.memory {
        Some(memory) if memory.verdict == verdict => memory.since.timestamp().min(computed),
        _ => computed,
    }
}

/// When the last pod that counts became ready.
fn became_ready(scene: &Scene<'_>) -> Option<Timestamp> {
    scene.counting().filter_map(|view| find_condition(&view.pod.conditions, "Ready")?.since).max()
}
