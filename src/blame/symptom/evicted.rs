//! A pod that the node refused or threw out, and that nobody has replaced.
//!
//! *Sees*: phase Failed with a pod-level reason (`pkg/kubelet/eviction`,
//! `pkg/kubelet/lifecycle/predicate.go`). *Step*: Stay.
//! *Near miss*: the ghost of an evicted pod beside a full set of replicas.

use super::{Instance, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let reason = view.pod.reason.clone().filter(|_| !is_replaced(scene, view))?;
    let at = find_condition(&view.pod.conditions, "DisruptionTarget")
        .or_else(|| find_condition(&view.pod.conditions, "Ready"))
        .and_then(|c| c.since)
        .unwrap_or(view.object.memory.at);
    let symptom = Symptom::of_view(view, Step::Stay, reason, Instance::at_start(view, at, at));
    Some(symptom.saying(view.pod.message.as_deref()))
}

/// Whether the pod failed as a whole, for a reason that the node gives; a deadline is
/// the pod's own.
pub(super) fn is_about(view: &PodView<'_>) -> bool {
    &*view.pod.phase == "Failed"
        && view.pod.reason.as_deref().is_some_and(|reason| reason != "DeadlineExceeded")
}

/// Whether the root has the pods it wants without this one, or will have them: the first
/// time a pod goes this way its replacement is given the time to start. The pods of another
/// revision are none of those that a set wants.
fn is_replaced(scene: &Scene<'_>, view: &PodView<'_>) -> bool {
    let set = view.revision.map(|at| &scene.revisions[at]);
    let set = set.filter(|revision| revision.carrier.kind() == "ReplicaSet");
    let of_root = || scene.workload().map_or(1, |w| w.replicas.or(w.status.desired).unwrap_or(1));
    let wanted = set.map_or_else(of_root, |revision| revision.desired);
    let is_of_it = |v: &&PodView<'_>| set.is_none() || v.revision == view.revision;
    let counting = || scene.counting().filter(is_of_it);
    let reaches = |pods: usize| i32::try_from(pods).unwrap_or(i32::MAX) >= wanted;
    let is_first = scene.pods.iter().filter(|v| v.lives() && is_about(v)).count() == 1;
    let is_given = |v: &PodView<'_>| v.created() >= view.created();
    reaches(counting().filter(|view| view.is_ready()).count())
        || is_first && reaches(counting().count()) && counting().any(is_given)
}
