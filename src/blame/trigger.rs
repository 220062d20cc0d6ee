//! The *trigger*: what made the first failing instance read the cause.
//!
//! A different question from the cause: a `ConfigMap` edit is the cause, the restart
//! or the scale-up that made it visible the trigger.

mod left;
mod node;
mod scaler;
mod told;

pub(super) use left::{PREEMPTING, replaced};
pub(super) use told::{PREEMPTED, named_by, preemptor};

use super::cause::Candidate;
use super::peer::seconds;
use super::revision::Revision;
use super::scene::{PodView, Scene, object_ref};
use super::step::Step;
use super::symptom::{Before, Instance, NO_SET, Symptom};
use crate::graph::{Edit, Edited};
use crate::observe::find_condition;
use crate::report::{CauseClass, ObjectRef, Trigger, TriggerClass};
use jiff::{SignedDuration, Timestamp};

/// How long a controller may take to make the pods that an edit asks for, in seconds.
const FOLLOW_SECONDS: i64 = 60;
/// How near a pod's creation an event that announces it lies, in seconds.
const NEAR_SECONDS: i64 = 3;

/// The trigger of a symptom, given its cause.
pub(super) fn of(scene: &Scene<'_>, symptom: &Symptom<'_>, cause: Option<&Candidate>) -> Trigger {
    if let Some(trigger) = cause.and_then(|c| c.trigger.clone()) {
        return trigger;
    }
    if symptom.first_instance().is_some_and(|i| is_struck(symptom, i, cause)) {
        return trigger(TriggerClass::None, None, None);
    }
    let revision = symptom.revision.and_then(|at| scene.revisions.get(at));
    let Some(instance) = symptom.first_instance() else { return of_root(scene, symptom, revision) };
    if instance.is_restart {
        let pod = object_ref(instance.view.object);
        return trigger(TriggerClass::ContainerRestart, Some(pod), Some(instance.read_at));
    }
    of_pod(scene, symptom, instance, revision)
}

/// Whether what had been well for long was struck from outside as it ran: nothing made it
/// read anything then, and that it was rolled out once has nothing to do with it.
fn is_struck(symptom: &Symptom<'_>, instance: &Instance<'_>, cause: Option<&Candidate>) -> bool {
    let is_external = cause.is_some_and(|c| c.class == CauseClass::External);
    let is_outside = cause.is_none() || is_external;
    // What was ready, if only for a moment, and then could not reach another was rolled out.
    let was_well = instance.ran_well()
        || is_external && symptom.step == Step::Probe && instance.before == Before::Ready;
    let lived = seconds(instance.view.created(), instance.first_bad);
    let had_lasted = symptom.step == Step::Probe || lived > ROLLOUT_SECONDS;
    is_outside && was_well && !instance.is_restart && had_lasted
}

fn trigger(class: TriggerClass, object: Option<ObjectRef>, time: Option<Timestamp>) -> Trigger {
    Trigger { class, object, time: time.map(Into::into) }
}

/// What made a pod.
fn of_pod(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    instance: &Instance<'_>,
    revision: Option<&Revision<'_>>,
) -> Trigger {
    let created = instance.view.created();
    let root = Some(object_ref(scene.root));
    if let Some(run) = revision.and_then(of_run) {
        return run;
    }
    if scene.root.kind() == "Pod" {
        return trigger(TriggerClass::None, None, None);
    }
    if is_scaled(scene, created, revision) {
        return scaler::trigger(scene, Some(created));
    }
    if let Some(node) = node::joined(scene, &instance.view, revision) {
        return trigger(TriggerClass::NodeAdded, Some(object_ref(node)), node.meta.created);
    }
    if let Some((class, object, left)) = replaced(scene, &instance.view) {
        return trigger(class, Some(object_ref(object)), object.gone.or(Some(left)));
    }
    let Some(revision) = revision else { return unknown() };
    if told::was_rescaled(scene, created) {
        return scaler::by_autoscaler(scene, created);
    }
    if told::was_announced(scene, revision, created) {
        return scaler::trigger(scene, Some(created));
    }
    if told::is_done_before(scene, revision, created) {
        return made_later(scene, symptom, revision, &instance.view);
    }
    let is_on_delete = scene.workload().is_some_and(|w| &*w.strategy == "OnDelete");
    if is_on_delete && has_predecessor(scene, Some(revision)) {
        // Such a template reaches a pod only when somebody deletes the one before it.
        return trigger(TriggerClass::PodDeleted, None, Some(created));
    }
    if is_late(scene, &instance.view, revision) {
        // Long after the rollout, beside pods that came with it: it was scaled, or one was lost.
        if scaler::is_by_subresource(scene.root) {
            return scaler::trigger(scene, Some(created));
        }
        let lost = told::lost(scene, revision, &instance.view, true);
        let lost = lost.filter(|lost| lost.class != TriggerClass::Unknown);
        return lost.map_or_else(unknown, |lost| trigger(lost.class, root, Some(created)));
    }
    let rollout = of_rollout(scene, revision);
    Trigger { time: rollout.time.or(Some(created.into())), ..rollout }
}

/// What made a pod of a rollout that was done: one was lost, or more are wanted.
fn made_later(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    revision: &Revision<'_>,
    view: &PodView<'_>,
) -> Trigger {
    match told::lost(scene, revision, view, symptom.step == Step::Schedule) {
        Some(lost) => trigger(lost.class, None, None),
        None if scaler::is_by_subresource(scene.root) => {
            scaler::trigger(scene, Some(view.created()))
        }
        None => unknown(),
    }
}

fn unknown() -> Trigger {
    trigger(TriggerClass::Unknown, None, None)
}

/// How long a rollout may take where nothing says that it is done, in seconds: the default
/// progress deadline.
const ROLLOUT_SECONDS: i64 = 600;
/// How long a `StatefulSet` may take from one ready pod to the next, in seconds.
const PROMPT_SECONDS: i64 = 8;

/// Whether a pod came long after the pods that its revision's rollout made. A `StatefulSet` makes
/// them one by one: there a sibling must have been ready for that long.
fn is_late(scene: &Scene<'_>, view: &PodView<'_>, revision: &Revision<'_>) -> bool {
    let is_set = scene.root.kind() == "StatefulSet";
    // A set makes the next pod as soon as the one before is ready, and this one was scaled.
    let is_prompt = is_set && scaler::is_by_subresource(scene.root);
    let within = if is_prompt { PROMPT_SECONDS } else { ROLLOUT_SECONDS };
    let is_old = |at: Timestamp| seconds(at, view.created()) > within;
    let ready_since = |other: &PodView<'_>| {
        let ready = find_condition(&other.pod.conditions, "Ready");
        ready.and_then(|c| c.since).unwrap_or_else(|| other.created())
    };
    let came_with = |other: &PodView<'_>| {
        other.revision == view.revision
            && is_old(if is_set { ready_since(other) } else { other.created() })
            && other.is_ready()
    };
    // While it brings its pods to another revision the newest come last.
    let is_done = || scene.counting().all(|other| other.revision == view.revision);
    // A bare set makes all that it has at once.
    let is_at_once =
        matches!(scene.root.kind(), "Deployment" | "ReplicaSet" | "ReplicationController");
    (is_at_once || is_set && is_done())
        && revision.activated.at.is_some_and(is_old)
        && scene.pods.iter().any(came_with)
}

/// A revision's own coming into force.
pub(super) fn of_rollout(scene: &Scene<'_>, revision: &Revision<'_>) -> Trigger {
    let class = of_revision(scene, revision);
    trigger(class, Some(object_ref(scene.root)), revision.activated.at)
}

/// What a revision's own coming into force is called.
fn of_revision(scene: &Scene<'_>, revision: &Revision<'_>) -> TriggerClass {
    if is_restart(scene, revision) {
        TriggerClass::Restart
    } else if revision.is_reused() {
        TriggerClass::Rollback
    } else {
        TriggerClass::Rollout
    }
}

/// A Job's pods are made by its run: by schedule, by hand, or with the Job itself.
fn of_run(revision: &Revision<'_>) -> Option<Trigger> {
    let job = revision.carrier;
    if job.kind() != "Job" {
        return None;
    }
    let owner = job.meta.controller();
    if let Some(made) = owner.filter(|owner| &*owner.type_ref.kind == "ScaledJob") {
        // KEDA makes a Job for what waits in a queue.
        let by = scaler::owner_ref(job, made);
        return Some(trigger(TriggerClass::Autoscaler, Some(by), job.meta.created));
    }
    let owned = owner.is_some_and(|owner| &*owner.type_ref.kind == "CronJob");
    let class = match (owned, job.meta.annotation("cronjob.kubernetes.io/instantiate")) {
        (true, Some("manual")) => TriggerClass::ManualRun,
        (true, _) => TriggerClass::Schedule,
        (false, _) => TriggerClass::Rollout,
    };
    Some(trigger(class, Some(object_ref(job)), job.meta.created))
}

/// Whether the pod was made because the replica count rose.
fn is_scaled(scene: &Scene<'_>, created: Timestamp, revision: Option<&Revision<'_>>) -> bool {
    let rises = |edit: &&Edit| matches!(edit.what, Edited::Replicas { from, to } if to > from);
    let in_time = |edit: &&Edit| {
        edit.not_before - SignedDuration::from_secs(1) <= created
            && created <= edit.at + SignedDuration::from_secs(FOLLOW_SECONDS)
    };
    let seen = scene.root.memory.edits.iter().rev().filter(rises).find(in_time);
    // A rollout that began with or after the scaling made its own pods.
    let is_new = revision
        .is_some_and(|r| r.activated.at.is_some_and(|at| seconds(at, created) < FOLLOW_SECONDS));
    // A rollout of nothing makes no pods either.
    let from_none = seen.is_some_and(|edit| matches!(edit.what, Edited::Replicas { from: 0, .. }));
    seen.is_some()
        && (!is_new || from_none || !has_predecessor(scene, revision))
        && !is_first(created, revision)
}

/// The pods that came with the revision itself are its rollout's.
fn is_first(created: Timestamp, revision: Option<&Revision<'_>>) -> bool {
    revision.and_then(|r| r.activated.at).is_some_and(|at| seconds(at, created) <= 1)
}

fn has_predecessor(scene: &Scene<'_>, revision: Option<&Revision<'_>>) -> bool {
    revision.is_some_and(|r| {
        scene
            .revisions
            .iter()
            .any(|other| other.number < r.number && other.carrier.meta.uid != r.carrier.meta.uid)
    })
}

/// A revision whose only change is a restart mark, or the checksum of an outside input.
pub(super) fn is_restart(scene: &Scene<'_>, revision: &Revision<'_>) -> bool {
    let Some(at) = scene.revisions.iter().position(|r| std::ptr::eq(r, revision)) else {
        return false;
    };
    let Some(before) = super::lineage::predecessor(scene, at) else { return false };
    let diff = scene.revisions[before].template.diff(&revision.template);
    !diff.is_empty()
        && diff.iter().all(|d| {
            d.path == "metadata.annotations[kubectl.kubernetes.io/restartedAt]"
                || d.path.starts_with("metadata.annotations[checksum/")
        })
}

/// A symptom that no pod shows: what wanted the pods that could not be made.
fn of_root(scene: &Scene<'_>, symptom: &Symptom<'_>, revision: Option<&Revision<'_>>) -> Trigger {
    if let Some(run) = revision.and_then(of_run) {
        return run;
    }
    let root = Some(object_ref(scene.root));
    if &*symptom.reason == NO_SET {
        return trigger(TriggerClass::Rollout, root, Some(symptom.first));
    }
    let rises = scene
        .root
        .memory
        .edits
        .iter()
        .rev()
        .find(|edit| matches!(edit.what, Edited::Replicas { from, to } if to > from));
    let activated = revision.and_then(|r| r.activated.at);
    if let Some(edit) = rises
        && activated.is_none_or(|at| edit.at > at + SignedDuration::from_secs(1))
        && edit.not_before <= symptom.first
    {
        return scaler::trigger(scene, Some(edit.at));
    }
    match revision {
        Some(revision)
            if activated.is_some_and(|at| seconds(at, symptom.first) <= FOLLOW_SECONDS)
                && !told::is_done_before(scene, revision, symptom.first) =>
        {
            of_rollout(scene, revision)
        }
        Some(revision) if told::was_announced(scene, revision, symptom.first) => {
            scaler::trigger(scene, Some(symptom.first))
        }
        _ if let Some((class, object, left)) =
            left::before(scene, symptom.revision, symptom.first, None) =>
        {
            trigger(class, Some(object_ref(object)), object.gone.or(Some(left)))
        }
        _ if let Some(node) = node::waits_for_daemon(scene, symptom, revision) => {
            trigger(TriggerClass::NodeAdded, Some(object_ref(node)), node.meta.created)
        }
        // A rollout long done makes pods again only when it is scaled, or when one was lost.
        _ if scaler::is_by_subresource(scene.root) => scaler::trigger(scene, None),
        _ => unknown(),
    }
}

/// Whether a cause and its trigger are one edit.
pub(super) fn is_same_edit(class: CauseClass, trigger: &Trigger) -> bool {
    matches!(
        (class, trigger.class),
        (CauseClass::Revision, TriggerClass::Rollout)
            | (CauseClass::Rollback, TriggerClass::Rollback)
            | (CauseClass::DirectPodEdit, TriggerClass::DirectPodEdit)
            | (CauseClass::Eviction, TriggerClass::Eviction)
            | (CauseClass::Preemption, TriggerClass::Preemption)
            | (CauseClass::NamespaceTerminating, TriggerClass::NamespaceDeletion)
    )
}
