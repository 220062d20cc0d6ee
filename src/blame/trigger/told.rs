//! What conditions and events tell of how a pod came to be, where no edit and no lost
//! pod was seen: all that a dump has.

use super::super::revision::Revision;
use super::super::scene::{PodView, Scene};
use super::{FOLLOW_SECONDS, NEAR_SECONDS, scaler, seconds};
use crate::observe::{Event, EventObject, Uid, find_condition};
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
    let came = revision.activated.at.filter(|_| !revision.is_reused());
    let is_waiting = came.is_some_and(|at| seconds(at, created) > FOLLOW_SECONDS);
    let up = |event: &&Event| {
        let grown = event
            .message
            .strip_prefix("Scaled up replica set ")
            .and_then(|rest| rest.strip_prefix(&**name));
        // Where it is new it grows from nothing; where it waited for long it was woken.
        let is_grown = |rest: &str| !rest.contains("from 0 ") || is_waiting;
        grown.is_some_and(|rest| is_grown(rest) && rest.contains(" from "))
            && event.last.is_some_and(|at| seconds(at, created).abs() <= NEAR_SECONDS)
    };
    // Its own time may be that of a late receipt.
    let began = revision.activated.not_before.or(revision.activated.at);
    let is_stepping = events.iter().any(|event| {
        // A maker with much to say has its later words combined in one event.
        let said = event.message.trim_start_matches("(combined from similar events): ");
        said.starts_with("Scaled down replica set ")
            && !said.contains(&**name)
            // Events have whole seconds, what was seen has not.
            && event.last.zip(began).is_none_or(|(at, began)| seconds(began, at) >= 0)
    });
    let others_left = scene
        .revisions
        .iter()
        .any(|other| other.desired > 0 && other.carrier.meta.uid != revision.carrier.meta.uid);
    // A rollout that is young and not alone makes its pods in steps. When it came is known by
    // its edit's own time: that the version before was seen long ago does not make it older.
    let came = revision.activated.at;
    let is_rolling = others_left && came.is_some_and(|at| seconds(at, created) < FOLLOW_SECONDS);
    let is_stepping = is_stepping || is_rolling;
    let said = events.iter().filter(up).filter_map(|event| event.last).max();
    said.is_some_and(|at| !is_stepping || is_done_before(scene, revision, at))
}

/// Whether an autoscaler of the root last scaled just before the pod was made, and the
/// rollout of its revision was no reason to make it.
pub(super) fn was_rescaled(scene: &Scene<'_>, created: Timestamp) -> bool {
    let is_near = |at: Timestamp| (-NEAR_SECONDS..=FOLLOW_SECONDS).contains(&seconds(at, created));
    let is_young = scene.revisions.iter().any(|r| {
        r.current && r.activated.at.is_some_and(|at| seconds(at, created) < FOLLOW_SECONDS)
    });
    !is_young && scaler::last_scaled(scene).any(is_near)
}

/// A pod that is gone though its maker did not delete it.
pub(super) struct Lost {
    /// Why it went.
    pub(super) class: TriggerClass,
    name: String,
}

/// What events of an evicted pod say, by whoever evicted it: the API's caller, Karpenter,
/// the cluster autoscaler, a vertical autoscaler, the descheduler.
const EVICTED: &[&str] = &["Evicted", "EvictedByVPA", "ScaleDown", "Descheduled"];

/// A pod that its maker made and did not delete is gone: the one made next took its place.
/// Why it went is known only where an event said so.
pub(super) fn lost(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    view: &PodView<'_>,
    finds_no_node: bool,
) -> Option<Lost> {
    let created = view.created();
    if let Some(class) = why_namesake_went(scene, view) {
        return Some(Lost { class, name: view.name().to_owned() });
    }
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
    let mut gone: Vec<(String, Timestamp)> =
        named("Created pod: ").filter(|(name, at)| is_lost(name, *at)).collect();
    gone.sort_by(|a, b| (b.1, &b.0).cmp(&(a.1, &a.0)));
    let mut silent = None;
    for (name, _) in gone {
        match why_gone(&said_of(scene, &name, view)) {
            Some((class, at)) if seconds(at, created).abs() <= REPLACED_SECONDS => {
                return Some(Lost { class, name });
            }
            // Its place was taken by another then.
            Some(_) => {}
            None => silent = silent.or(Some(name)),
        }
    }
    let class = if silent.is_some() && has_lost_node(scene, created) {
        TriggerClass::NodeReplacement
    } else if finds_no_node {
        // An eviction, a node's end and a hand's deletion look alike afterwards.
        TriggerClass::Unknown
    } else {
        TriggerClass::PodDeleted
    };
    silent.map(|name| Lost { class, name })
}

/// How near the word of a pod's end its replacement is made, in seconds: the collector of a
/// node's pods waits for a minute (kubernetes `pkg/controller/podgc`).
const REPLACED_SECONDS: i64 = 120;

/// Why the pod went that bore this one's name before it, as a `StatefulSet`'s pods do, which are
/// not announced one by one.
fn why_namesake_went(scene: &Scene<'_>, view: &PodView<'_>) -> Option<TriggerClass> {
    let (class, at) = why_gone(&said_of(scene, view.name(), view))?;
    (0..=REPLACED_SECONDS).contains(&(seconds(at, view.created()) + 1)).then_some(class)
}

/// Why a pod went, and when, as far as events say.
fn why_gone(said: &[&Event]) -> Option<(TriggerClass, Timestamp)> {
    let when = |reasons: &[&str]| {
        said.iter().filter(|event| reasons.contains(&&*event.reason)).filter_map(|e| e.last).max()
    };
    let preempted = when(&["Preempted"]).map(|at| (TriggerClass::Preemption, at));
    let node = || when(&["TaintManagerEviction"]).map(|at| (TriggerClass::NodeReplacement, at));
    let evicted = || when(EVICTED).map(|at| (TriggerClass::Eviction, at));
    preempted.or_else(node).or_else(evicted)
}

/// What events say of a pod by its name: it is gone, and its UID with it. What is said of the pod
/// that took its place is another story, though it may bear the name.
fn said_of<'g>(scene: &Scene<'g>, pod: &str, heir: &PodView<'_>) -> Vec<&'g Event> {
    let namespace = scene.root.meta.namespace.as_deref();
    let mut said = scene.graph.events_named("Pod", namespace, pod);
    said.retain(|event| event.about.uid.as_ref().is_none_or(|uid| *uid != heir.object.meta.uid));
    said
}

/// Whether a node went just before a pod was made (kubernetes `pkg/controller/nodelifecycle`,
/// `cloud-provider`): of a pod that was lost then nobody says more.
fn has_lost_node(scene: &Scene<'_>, created: Timestamp) -> bool {
    let is_end = |e: &&Event| matches!(&*e.reason, "RemovingNode" | "DeletingNode");
    let is_near = |at: Timestamp| (0..=REPLACED_SECONDS).contains(&seconds(at, created));
    scene.node_events().filter(is_end).filter_map(|e| e.last).any(is_near)
}

/// The pod for which the one before this was preempted, where only events tell of it.
pub(in crate::blame) fn preemptor(scene: &Scene<'_>, view: &PodView<'_>) -> Option<EventObject> {
    let revision = scene.revisions.get(view.revision?)?;
    let lost = lost(scene, revision, view, true)?;
    let said = said_of(scene, &lost.name, view);
    let preempted = said.into_iter().filter(|event| &*event.reason == PREEMPTED);
    named_by(scene, preempted.max_by_key(|event| event.last)?)
}

/// The scheduler's word for a pod that has to go for another.
pub(in crate::blame) const PREEMPTED: &str = "Preempted";

/// The pod that a scheduler's event on a preempted one names: as the object that is related to
/// it, or by its UID in the sentence only (kubernetes `pkg/scheduler/framework/preemption`).
pub(in crate::blame) fn named_by(scene: &Scene<'_>, event: &Event) -> Option<EventObject> {
    event.related.clone().or_else(|| {
        let uid = event.message.strip_prefix("Preempted by pod ")?.split(' ').next()?;
        let pod = scene.graph.object(&Uid::new(uid)).filter(|pod| pod.kind() == "Pod")?;
        Some(EventObject {
            kind: pod.meta.type_ref.kind.clone(),
            namespace: pod.meta.namespace.clone(),
            name: pod.meta.name.clone(),
            uid: Some(pod.meta.uid.clone()),
        })
    })
}
