//! What conditions and events tell of how a pod came to be, where no edit and no lost
//! pod was seen: all that a dump has.

use super::super::revision::Revision;
use super::super::scene::Scene;
use super::{FOLLOW_SECONDS, NEAR_SECONDS, seconds};
use crate::observe::{Event, find_condition};
use crate::report::TriggerClass;
use jiff::Timestamp;

/// Whether the rollout of a revision was complete before `at`: `NewReplicaSetAvailable`
/// is written once, when it is (kubernetes `pkg/controller/deployment/progress.go`), and
/// what is made later has another reason.
pub(super) fn is_done_before(scene: &Scene<'_>, revision: &Revision<'_>, at: Timestamp) -> bool {
    let Some(work) = scene.workload() else { return false };
    let name = format!("\"{}\"", revision.carrier.meta.name);
    find_condition(&work.status.conditions, "Progressing")
        .filter(|c| &*c.reason == "NewReplicaSetAvailable" && c.message.contains(&name))
        .and_then(|c| c.updated)
        // A set that is used again may still bear the word of its earlier life.
        .filter(|done| revision.activated.at.is_none_or(|from| seconds(from, *done) >= -1))
        .is_some_and(|done| seconds(done, at) > 1)
}

/// `Scaled up replica set X from 2 to 3` near the pod's creation, with no other set
/// scaled down since the revision came: a rollout in steps says the same words.
pub(super) fn was_announced(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    created: Timestamp,
) -> bool {
    let events = scene.events(scene.root);
    let name = &revision.carrier.meta.name;
    let up = |event: &&Event| {
        let grown = event
            .message
            .strip_prefix("Scaled up replica set ")
            .and_then(|rest| rest.strip_prefix(&**name));
        grown.is_some_and(|rest| !rest.contains("from 0 ") && rest.contains(" from "))
            && event.last.is_some_and(|at| seconds(at, created).abs() <= NEAR_SECONDS)
    };
    // Its own time may be that of a late receipt.
    let began = revision.activated.not_before.or(revision.activated.at);
    let is_stepping = events.iter().any(|event| {
        event.message.starts_with("Scaled down replica set ")
            && !event.message.contains(&**name)
            // Events have whole seconds, what was seen has not.
            && event.last.zip(began).is_none_or(|(at, began)| seconds(began, at) >= 0)
    });
    let others_left = scene
        .revisions
        .iter()
        .any(|other| other.desired > 0 && other.carrier.meta.uid != revision.carrier.meta.uid);
    // A rollout that is young and not alone makes its pods in steps.
    let is_rolling = others_left && began.is_some_and(|at| seconds(at, created) < FOLLOW_SECONDS);
    let is_stepping = is_stepping || is_rolling;
    let said = events.iter().filter(up).filter_map(|event| event.last).max();
    said.is_some_and(|at| !is_stepping || is_done_before(scene, revision, at))
}

/// Whether an autoscaler of the root last scaled just before the pod was made, and the
/// rollout of its revision was no reason to make it.
pub(super) fn was_rescaled(scene: &Scene<'_>, created: Timestamp) -> bool {
    let targets = |fields: &crate::observe::Fields| {
        fields.text("spec.scaleTargetRef.name") == Some(&scene.root.meta.name)
            && fields.text("spec.scaleTargetRef.kind") == Some(scene.root.kind())
    };
    let is_near = |at: Timestamp| (-NEAR_SECONDS..=FOLLOW_SECONDS).contains(&seconds(at, created));
    let is_young = scene.revisions.iter().any(|r| {
        r.current && r.activated.at.is_some_and(|at| seconds(at, created) < FOLLOW_SECONDS)
    });
    !is_young
        && scene.all("HorizontalPodAutoscaler").into_iter().any(|autoscaler| {
            let Some(fields) = autoscaler.plain_fields() else { return false };
            let last = fields.text("status.lastScaleTime").and_then(|at| at.parse().ok());
            targets(fields) && last.is_some_and(is_near)
        })
}

/// A pod that its maker made and did not delete is gone: the one made next took its place.
/// Why it went is known only where an event said so.
pub(super) fn lost(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    created: Timestamp,
    finds_no_node: bool,
) -> Option<TriggerClass> {
    let events = scene.events(revision.carrier);
    let named = |prefix: &'static str| {
        let of = move |e: &&'_ Event| e.message.strip_prefix(prefix).map(str::to_owned);
        events.iter().filter_map(move |e| Some((of(&e)?, e.first?)))
    };
    let is_known = |name: &str| scene.pods.iter().any(|view| view.name() == name);
    let deleted: Vec<String> = named("Deleted pod: ").map(|(name, _)| name).collect();
    let is_lost = |name: &str, at: Timestamp| {
        at < created && !is_known(name) && !deleted.iter().any(|d| d == name)
    };
    let (name, _) =
        named("Created pod: ").filter(|(name, at)| is_lost(name, *at)).max_by_key(|(_, at)| *at)?;
    let namespace = scene.root.meta.namespace.as_deref();
    let said = |reason: &str| scene.graph.has_event("Pod", namespace, &name, reason);
    Some(if said("Preempted") {
        TriggerClass::Preemption
    } else if said("TaintManagerEviction") {
        TriggerClass::NodeReplacement
    } else if said("Evicted") {
        TriggerClass::Eviction
    } else if finds_no_node {
        // An eviction, a node's end and a hand's deletion look alike afterwards.
        TriggerClass::Unknown
    } else {
        TriggerClass::PodDeleted
    })
}
