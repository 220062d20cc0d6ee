//! Pods that nobody makes any more, because the namespace is being deleted.
//!
//! *Sees*: a namespace under deletion and a root that lacks pods. A controller's creates
//! fail silently there: no event, no condition (kubernetes
//! `pkg/controller/replicaset/replica_set.go`). *Step*: Create.
//! *Near miss*: a root that has the pods it wants; a refusal that says itself why.

use super::{Detail, Severity, Symptom};
use crate::blame::denial::Denial;
use crate::blame::scene::Scene;
use crate::blame::step::Step;

pub(super) fn see<'g>(scene: &Scene<'g>, found: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    let Some(work) = scene.workload().filter(|_| found.is_empty()) else { return Vec::new() };
    let wanted = work.status.desired.or(work.replicas).unwrap_or(1);
    let has_all = i32::try_from(scene.counting().count()).unwrap_or(i32::MAX) >= wanted;
    if has_all || matches!(scene.root.kind(), "Job" | "CronJob") {
        return Vec::new();
    }
    let Some(name) = scene.root.meta.namespace.as_deref() else { return Vec::new() };
    let deleting = scene.cluster_object("Namespace", name).and_then(|n| n.meta.deletion_asked());
    let current = scene.current().map(|(at, _)| at);
    deleting
        .map(|since| {
            let mut symptom =
                Symptom::of_root(Step::Create, "NamespaceTerminating", current, since, since)
                    .saying(Some(&format!("namespace {name} is being deleted")));
            symptom.detail = Detail::Denied(Denial::NamespaceTerminating);
            symptom.severity = Severity::Stuck;
            symptom
        })
        .into_iter()
        .collect()
}
