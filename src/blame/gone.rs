//! What events still tell of pods that are gone: of a revision that was replaced at once a
//! dump holds nothing else.
//!
//! A pod's maker names it (`Created pod: NAME`), and the kubelet tells that it backs off from a
//! container, and when it stopped one that ran.

use super::cause::Case;
use super::scene::Scene;
use super::step::{self, Step, Weight};
use super::symptom::Detail;
use super::{lineage, peer};
use crate::observe::Event;
use jiff::Timestamp;

/// A pod that is gone, as far as events tell of it.
struct Gone<'g> {
    made: Timestamp,
    events: Vec<&'g Event>,
}

impl Gone<'_> {
    fn said<'a>(&'a self, reason: &'a str, container: &'a str) -> impl Iterator<Item = &'a Event> {
        let is_of =
            move |e: &&Event| &*e.reason == reason && e.container.as_deref() == Some(container);
        self.events.iter().copied().filter(is_of)
    }

    /// Whether the kubelet backed off from starting the container again.
    fn was_backed_off(&self, container: &str) -> bool {
        let is_loop = |event: &Event| event.message.contains("restarting failed container");
        self.said("BackOff", container).any(is_loop)
    }

    /// When the container, which still ran and had never been backed off from, was stopped with
    /// its pod.
    fn stopped(&self, container: &str) -> Option<Timestamp> {
        let is_stop = |event: &&Event| event.message.starts_with("Stopping container");
        let stop = self.said("Killing", container).find(is_stop)?;
        stop.first.filter(|_| !self.was_backed_off(container))
    }
}

/// Whether events are known at all: they would tell of the pods that are gone, too.
pub(super) fn is_told_of(case: &Case<'_, '_>) -> bool {
    let mut failing = case.symptom.instances.iter();
    failing.any(|instance| !case.scene.events(instance.view.object).is_empty())
}

/// Whether a pod of a revision that is gone passed the step that fails elsewhere, for at least
/// as long.
pub(super) fn passed(case: &Case<'_, '_>, at: usize) -> bool {
    let after = match case.symptom.step {
        Step::Pull | Step::Config | Step::Start => i64::MIN,
        Step::Run => failed_within(case).saturating_add(peer::SETTLE_SECONDS),
        // Whether it ever was ready no event says.
        _ => return false,
    };
    ended_in_order(case, at, after)
}

/// Within how many seconds of its making the failing pod had failed: the kubelet backs off from
/// the second failure on.
pub(super) fn failed_within(case: &Case<'_, '_>) -> i64 {
    let Some(first) = case.symptom.first_instance() else { return i64::MAX };
    let events = case.scene.events(first.view.object);
    let is_backed_off =
        |event: &&Event| &*event.reason == "BackOff" && event.container == case.symptom.container;
    let backed_off = events.iter().filter(is_backed_off).filter_map(|event| event.first).min();
    let failed = backed_off.map_or(first.first_bad, |at| at.min(first.first_bad));
    peer::seconds(first.view.created(), failed).max(0)
}

/// Whether a pod of a revision, which is gone, was stopped in good order more than so many
/// seconds after it was made.
pub(super) fn ended_in_order(case: &Case<'_, '_>, at: usize, after: i64) -> bool {
    let Some(container) = case.symptom.container.as_deref() else { return false };
    of_revision(case.scene, at).any(|gone| {
        gone.stopped(container).is_some_and(|stopped| peer::seconds(gone.made, stopped) > after)
    })
}

/// Whether a pod of a revision that is gone died again and again, by what the failing one
/// still has of that revision: how it died no event says.
pub(super) fn failed_alike(case: &Case<'_, '_>, at: usize) -> bool {
    let Case { scene, symptom, .. } = *case;
    let (Some(container), Some(failing)) = (symptom.container.as_deref(), symptom.revision) else {
        return false;
    };
    // An event of a loop does not say what ended each run: an OOM or a probe would be another.
    if symptom.step != Step::Run || symptom.detail != Detail::Plain || at == failing {
        return false;
    }
    let (own, failing) = (&scene.revisions[at].template, &scene.revisions[failing].template);
    let shares_its_change = || {
        lineage::predecessor(scene, at).is_none_or(|before| {
            scene.revisions[before]
                .template
                .diff(own)
                .iter()
                .any(|d| failing.get(d.path) == d.to && step::weigh(symptom, d) > Weight::None)
        })
    };
    // What events say by name is looked for among all of them.
    shares_its_change() && of_revision(scene, at).any(|gone| gone.was_backed_off(container))
}

/// The pods of a revision that are gone, of the time since it last came into force.
fn of_revision<'s, 'g>(
    scene: &'s Scene<'g>,
    at: usize,
) -> impl Iterator<Item = Gone<'g>> + use<'s, 'g> {
    let revision = &scene.revisions[at];
    let is_set = revision.carrier.kind() == "ReplicaSet";
    // A DaemonSet makes its pods itself, each with the template that is in force then.
    let maker = if is_set { revision.carrier } else { scene.root };
    let is_told = is_set || scene.root.kind() == "DaemonSet";
    let events = if is_told { scene.events(maker) } else { &[] };
    let is_own = move |made: Timestamp| {
        !revision.is_older_than_return(made) && (is_set || in_force(scene, made) == Some(at))
    };
    events.iter().filter_map(move |event| {
        let name = event.message.strip_prefix("Created pod: ")?;
        let is_gone = !scene.pods.iter().any(|view| view.name() == name);
        if !is_gone || !event.first.is_some_and(is_own) {
            return None;
        }
        let namespace = scene.root.meta.namespace.as_deref();
        let events = scene.graph.events_named("Pod", namespace, name);
        Some(Gone { made: event.first?, events })
    })
}

/// The revision that was in force at a time; unknown where one came back.
fn in_force(scene: &Scene<'_>, then: Timestamp) -> Option<usize> {
    if scene.revisions.iter().any(super::revision::Revision::is_reused) {
        return None;
    }
    let began = |at: &usize| scene.revisions[*at].activated.at.filter(|began| *began <= then);
    (0..scene.revisions.len()).filter(|at| began(at).is_some()).max_by_key(began)
}
