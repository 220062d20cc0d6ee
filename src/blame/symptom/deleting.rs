//! A root that is to go and does not: a finalizer holds it.
//!
//! *Sees*: a deletion timestamp of the root, and time that passed since. *Step*: Stay.
//! *Near miss*: a root within its first moments of going; pods that stand in the way of
//! others (`held.rs`).

use super::{Detail, Severity, Symptom};
use crate::blame::scene::Scene;
use crate::blame::step::Step;

/// How long whoever set a finalizer may take to remove it, in seconds.
const THRESHOLD_SECONDS: i64 = 30;
/// How long a root may wait for what it owns, in seconds: pods get their grace period first.
const CHILDREN_SECONDS: i64 = 60;

pub(super) fn see<'g>(scene: &Scene<'g>, _: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    let Some(since) = scene.root.meta.deletion_asked() else { return Vec::new() };
    let has_own = scene.root.meta.finalizers.iter().any(|f| !is_collectors(f));
    let threshold = if has_own { THRESHOLD_SECONDS } else { CHILDREN_SECONDS };
    // A pod is deleted with a grace period of its own.
    if scene.root.kind() == "Pod" && !has_own || !scene.has_lasted(since, threshold) {
        return Vec::new();
    }
    let current = scene.current().map(|(at, _)| at);
    let mut symptom =
        Symptom::of_root(Step::Stay, "Terminating", current, since, since).saying(Some(&format!(
            "{} {} is being deleted and does not go",
            scene.root.kind(),
            scene.root.meta.name
        )));
    symptom.detail = Detail::RootHeld;
    symptom.severity = Severity::Stuck;
    vec![symptom]
}

/// The garbage collector's own finalizers: they wait for others (kubernetes
/// `pkg/controller/garbagecollector`).
pub(in crate::blame) fn is_collectors(finalizer: &str) -> bool {
    matches!(finalizer, "foregroundDeletion" | "orphan")
}
