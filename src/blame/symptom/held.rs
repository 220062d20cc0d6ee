//! A pod that is being deleted and does not go, while nobody else may take its place.
//!
//! *Sees*: a deletion that is overdue in a `StatefulSet` (the next pod bears the same name,
//! kubernetes `pkg/controller/statefulset`), or of a pod that has not ended under the
//! strategy Recreate (`pkg/controller/deployment/recreate.go`). *Step*: Stay.
//! *Near miss*: a pod within its grace period; one that has ended under Recreate, though a
//! finalizer keeps it; a set that has the pods it wants.

use super::{Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;

/// How long past its grace period a pod may take to go, in seconds.
const THRESHOLD_SECONDS: i64 = 30;

pub(super) fn see<'g>(scene: &Scene<'g>, pods: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    // Of a root that is to go itself nobody waits for a new pod.
    let is_going = scene.root.meta.deleting.is_some();
    let Some(view) = first(scene).filter(|_| pods.is_empty() && !is_going) else {
        return Vec::new();
    };
    let Some(due) = view.object.meta.deletion_due() else { return Vec::new() };
    let current = scene.current().map(|(at, _)| at);
    let mut symptom = Symptom::of_root(Step::Stay, "Terminating", current, due, due)
        .saying(Some(&format!("pod {} is being deleted and does not go", view.name())));
    symptom.severity = Severity::Stuck;
    vec![symptom]
}

/// The pod that has been in the way for longest.
pub(in crate::blame) fn first<'s, 'g>(scene: &'s Scene<'g>) -> Option<&'s PodView<'g>> {
    let work = scene.workload()?;
    let is_set = scene.root.kind() == "StatefulSet";
    let wanted = work.status.desired.or(work.replicas).unwrap_or(1);
    let has_all = i32::try_from(scene.counting().count()).unwrap_or(i32::MAX) >= wanted;
    if has_all || !is_set && &*work.strategy != "Recreate" {
        return None;
    }
    let has_ended = |view: &PodView<'_>| matches!(&*view.pod.phase, "Succeeded" | "Failed");
    let holds = |view: &&PodView<'g>| {
        view.object.gone.is_none()
            && (is_set || !has_ended(view))
            && view
                .object
                .meta
                .deletion_due()
                .is_some_and(|due| scene.has_lasted(due, THRESHOLD_SECONDS))
    };
    scene.pods.iter().filter(holds).min_by_key(|view| view.object.meta.deletion_due())
}
