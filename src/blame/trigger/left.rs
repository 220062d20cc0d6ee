//! A pod that went, and whose place another one takes, or was to take.

use super::{FOLLOW_SECONDS, seconds};
use crate::blame::scene::{PodView, Scene};
use crate::graph::Object;
use crate::observe::{Uid, find_condition};
use crate::report::TriggerClass;
use jiff::{SignedDuration, Timestamp};

/// The pod whose place this one took, why that one went, and when it had to.
pub(in crate::blame) fn replaced<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
) -> Option<(TriggerClass, &'g Object, Timestamp)> {
    before(scene, view.revision, view.created(), Some(&view.object.meta.uid))
}

/// The pod of a revision that went just before another was made, or was to be made, in its place.
pub(super) fn before<'g>(
    scene: &Scene<'g>,
    revision: Option<usize>,
    made: Timestamp,
    own: Option<&Uid>,
) -> Option<(TriggerClass, &'g Object, Timestamp)> {
    // Where only what is deleted is updated, the lost pod was of an earlier revision.
    let is_on_delete = scene.workload().is_some_and(|w| &*w.strategy == "OnDelete");
    let lost = scene.pods.iter().filter(|other| {
        (is_on_delete || other.revision == revision) && Some(&other.object.meta.uid) != own
    });
    lost.filter(|other| !is_scaled_away(scene, other))
        .filter_map(|other| {
            let disrupted =
                find_condition(&other.pod.conditions, "DisruptionTarget").and_then(|c| c.since);
            let left = disrupted.or(other.asked_to_go()).or(other.object.gone)?;
            // What went before the revision came back into force made no room in this rollout.
            let activated = revision.and_then(|at| scene.revisions[at].activated.at);
            if activated.is_some_and(|at| left + SignedDuration::from_secs(1) < at) {
                return None;
            }
            let took = seconds(left, made);
            ((-60..=FOLLOW_SECONDS).contains(&took) && other.created() < made)
                .then(|| (took.abs(), why_lost(other), other.object, left))
        })
        .min_by_key(|(took, ..)| *took)
        .map(|(_, class, object, left)| (class, object, left))
}

/// Whether its own set deleted a pod: nothing was lost then, the set was told to have fewer.
fn is_scaled_away(scene: &Scene<'_>, view: &PodView<'_>) -> bool {
    let Some(set) = view.revision.map(|at| scene.revisions[at].carrier) else { return false };
    let says = |event: &crate::observe::Event| {
        event.message.strip_prefix("Deleted pod: ") == Some(view.name())
    };
    set.kind() == "ReplicaSet" && scene.events(set).iter().any(says)
}

/// The kubelet's word for a pod that has to go for a critical one (kubernetes
/// `pkg/kubelet/preemption`): of its node alone it is known who took the place.
pub(in crate::blame) const PREEMPTING: &str = "Preempting";

fn why_lost(view: &PodView<'_>) -> TriggerClass {
    let disruption = find_condition(&view.pod.conditions, "DisruptionTarget").map(|c| &*c.reason);
    match disruption {
        Some("PreemptionByScheduler") => TriggerClass::Preemption,
        Some("DeletionByTaintManager" | "DeletionByPodGC") => TriggerClass::NodeReplacement,
        // The kubelet's words for a pod that it ended because its node goes down, and for one that
        // made room for a critical pod.
        _ if view.pod.reason.as_deref() == Some("Terminated") => TriggerClass::NodeReplacement,
        _ if view.pod.reason.as_deref() == Some(PREEMPTING) => TriggerClass::Preemption,
        Some("EvictionByEvictionAPI" | "TerminationByKubelet") => TriggerClass::Eviction,
        _ if view.pod.reason.as_deref() == Some("Evicted") => TriggerClass::Eviction,
        _ => TriggerClass::PodDeleted,
    }
}
