//! Pods that cannot be made: the API server refuses them.
//!
//! *Sees*: `ReplicaFailure` of a set and the `FailedCreate` events of whatever makes
//! the pods. The condition keeps its first text, so the newest event speaks. Of a
//! Deployment whose set itself is refused, `Progressing` says so.
//! *Step*: Create. *Near miss*: a refusal that passed: every pod wanted is there.

use super::{Detail, Severity, Symptom};
use crate::blame::denial::Denial;
use crate::blame::scene::{Scene, workload};
use crate::blame::step::Step;
use crate::graph::Object;
use crate::observe::{Event, find_condition};
use jiff::Timestamp;

pub(super) fn see<'g>(scene: &Scene<'g>, _: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    let mut makers: Vec<(Option<usize>, &'g Object)> =
        scene.revisions.iter().enumerate().map(|(at, r)| (Some(at), r.carrier)).collect();
    if !makers.iter().any(|(_, maker)| maker.meta.uid == scene.root.meta.uid) {
        // A StatefulSet or DaemonSet makes its pods itself; the revision is the one it wants.
        makers.push((scene.current().map(|(at, _)| at), scene.root));
    }
    makers
        .into_iter()
        .filter(|(_, maker)| maker.gone.is_none())
        .filter_map(|(at, maker)| of_maker(scene, at, maker))
        .chain(of_set(scene))
        .collect()
}

/// The word of the Deployment controller for a set that it cannot make (kubernetes
/// `pkg/controller/deployment/sync.go`).
pub(in crate::blame) const NO_SET: &str = "ReplicaSetCreateError";

/// The new set of a Deployment that the API server refuses: no revision carries the template yet.
fn of_set<'g>(scene: &Scene<'g>) -> Option<Symptom<'g>> {
    let condition = find_condition(&scene.workload()?.status.conditions, "Progressing")
        .filter(|c| &*c.status == "False" && &*c.reason == NO_SET)?;
    let said = scene.events(scene.root).iter().filter(|e| &*e.reason == NO_SET);
    let first = condition.since.or(condition.updated)?;
    let last = said.clone().filter_map(|e| e.last).max().unwrap_or(first).max(first);
    let newest = said.max_by_key(|e| e.last).map(|e| &*e.message);
    let text = newest.unwrap_or(&condition.message);
    // `Failed to create new replica set "web-5b9c855f": …`
    let text = text.split_once("\": ").map_or(text, |(_, error)| error);
    let mut symptom = Symptom::of_root(Step::Create, NO_SET, None, first, last).saying(Some(text));
    symptom.detail = Detail::Denied(Denial::read(text));
    symptom.severity = Severity::Stuck;
    Some(symptom)
}

fn of_maker<'g>(
    scene: &Scene<'g>,
    revision: Option<usize>,
    maker: &'g Object,
) -> Option<Symptom<'g>> {
    let work = workload(maker)?;
    let condition = find_condition(&work.status.conditions, "ReplicaFailure")
        .filter(|c| c.is_true() && &*c.reason == "FailedCreate");
    let refused: Vec<&Event> =
        scene.events(maker).iter().filter(|e| &*e.reason == "FailedCreate").collect();
    let newest = refused.iter().max_by_key(|e| e.last).copied();
    let is_short = match (work.replicas, work.status.desired) {
        // A Deployment's own events are of its sets; what it lacks, they lack.
        _ if maker.kind() == "Deployment" || maker.kind() == "CronJob" => false,
        (_, Some(desired)) => work.status.replicas < desired,
        (Some(wanted), None) if maker.kind() == "Job" => {
            work.status.completed.is_none()
                && !has_failed(work)
                && wanted > 0
                && !has_pods(scene, maker)
        }
        (Some(wanted), None) => work.status.replicas < wanted,
        (None, None) => false,
    };
    if !is_short || (condition.is_none() && newest.is_none_or(|e| is_past(scene, maker, e))) {
        return None;
    }
    let first =
        condition.and_then(|c| c.since).or_else(|| refused.iter().filter_map(|e| e.first).min())?;
    let last = newest.and_then(|e| e.last).unwrap_or(first).max(first);
    let text = newest.map(|e| &*e.message).or(condition.map(|c| &*c.message)).unwrap_or_default();
    let text = text
        .trim_start_matches("(combined from similar events): ")
        .trim_start_matches("Error creating: ");
    let mut symptom =
        Symptom::of_root(Step::Create, "FailedCreate", revision, first, last).saying(Some(text));
    symptom.detail = Detail::Denied(Denial::read(text));
    symptom.severity = Severity::Stuck;
    Some(symptom)
}

fn has_failed(work: &crate::observe::Workload) -> bool {
    find_condition(&work.status.conditions, "Failed")
        .is_some_and(crate::observe::Condition::is_true)
}

fn has_pods(scene: &Scene<'_>, maker: &Object) -> bool {
    scene
        .counting()
        .any(|view| view.object.meta.controller().is_some_and(|owner| owner.uid == maker.meta.uid))
}

/// Whether a pod was made after the refusal: then it has passed.
fn is_past(scene: &Scene<'_>, maker: &Object, refusal: &Event) -> bool {
    let made: Option<Timestamp> = scene
        .pods
        .iter()
        .filter(|view| {
            view.object.meta.controller().is_some_and(|owner| owner.uid == maker.meta.uid)
        })
        .filter_map(|view| view.object.meta.created)
        .max();
    made > refusal.last
}
