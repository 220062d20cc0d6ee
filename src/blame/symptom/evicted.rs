//! A pod that the node refused or threw out, and that nobody has replaced.
//!
//! *Sees*: phase Failed with a pod-level reason (`pkg/kubelet/eviction`,
//! `pkg/kubelet/lifecycle/predicate.go`); of one that ended well as it was thrown out, which is
//! called Succeeded or Failed without a reason, the kubelet's event. *Step*: Stay.
//! *Near miss*: the ghost of an evicted pod beside a full set of replicas, unless one after the
//! other goes for a limit of its own.

use super::{BACK_OFF_RESET_SECONDS, Instance, RECOVERED_SECONDS, Symptom};
use crate::blame::peer::seconds;
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::find_condition;
use jiff::Timestamp;
use std::sync::Arc;

/// The kubelet's word for a pod that it throws out.
const EVICTED: &str = "Evicted";

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let word = word(scene, view)?;
    if is_replaced(scene, view) && !is_again(scene, view) {
        return None;
    }
    let instance = Instance::at_start(view, word.at, word.at);
    Some(Symptom::of_view(view, Step::Stay, word.reason, instance).saying(word.message))
}

/// Whether the pod failed as a whole, for a reason that the node gives; a deadline is
/// the pod's own.
pub(super) fn is_about(scene: &Scene<'_>, view: &PodView<'_>) -> bool {
    word(scene, view).is_some()
}

/// Whether a kubelet's words are about a limit that the pod sets itself: of a volume's size or
/// of its ephemeral storage (kubernetes `pkg/kubelet/eviction/helpers.go`).
pub(in crate::blame) fn is_own_limit(said: Option<&str>) -> bool {
    let words = ["exceeds the limit", "ephemeral local storage", "exceeded its local"];
    said.is_some_and(|said| words.iter().any(|word| said.contains(word)))
}

/// Whether pods fill what they may have as soon as they run, and not in the course of time.
pub(in crate::blame) fn is_filled_at_once(symptom: &Symptom<'_>) -> bool {
    let is_brief =
        |i: &Instance<'_>| seconds(i.view.created(), i.first_bad) <= BACK_OFF_RESET_SECONDS;
    is_own_limit(symptom.message.as_deref()) && symptom.first_instance().is_some_and(is_brief)
}

/// What was said of an evicted pod: the reason, the message, and when.
pub(in crate::blame) fn word_of(
    scene: &Scene<'_>,
    view: &PodView<'_>,
) -> Option<(String, String, Timestamp)> {
    let word = word(scene, view).filter(|word| view.lives() && *word.reason == *EVICTED)?;
    Some((word.reason.to_string(), word.message.unwrap_or_default().to_owned(), word.at))
}

/// What the node says of a pod that it did not keep.
struct Word<'g> {
    reason: Arc<str>,
    message: Option<&'g str>,
    at: Timestamp,
}

fn word<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Word<'g>> {
    if !matches!(&*view.pod.phase, "Failed" | "Succeeded") {
        return None;
    }
    let Some(reason) = &view.pod.reason else { return told(scene, view) };
    let at = find_condition(&view.pod.conditions, "DisruptionTarget")
        .or_else(|| find_condition(&view.pod.conditions, "Ready"))
        .and_then(|c| c.since)
        .unwrap_or(view.object.memory.at);
    let is_failed = &*view.pod.phase == "Failed" && &**reason != "DeadlineExceeded";
    is_failed.then(|| Word { reason: Arc::clone(reason), message: view.pod.message.as_deref(), at })
}

/// What a kubelet's event says of a pod that is over though it is restarted always.
fn told<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Word<'g>> {
    if !view.restarts_always() {
        return None;
    }
    let mut events = scene.events(view.object).iter();
    let said = events.rfind(|e| &*e.reason == EVICTED && &*e.source == "kubelet")?;
    Some(Word { reason: EVICTED.into(), message: Some(&said.message), at: said.last? })
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
    let is_first = scene.pods.iter().filter(|v| v.lives() && is_about(scene, v)).count() == 1;
    let is_given = |v: &PodView<'_>| v.created() >= view.created();
    reaches(counting().filter(|view| view.is_ready()).count())
        || is_first && reaches(counting().count()) && counting().any(is_given)
}

/// Whether pods of one revision go one after the other for a limit of their own, and the newest
/// has not lasted longer than they did: a template that no pod of it outlives is not kept.
fn is_again(scene: &Scene<'_>, view: &PodView<'_>) -> bool {
    let is_sibling = |v: &&PodView<'_>| v.revision.is_some() && v.revision == view.revision;
    let mut lives: Vec<(Timestamp, i64)> = scene
        .pods
        .iter()
        .filter(|v| v.lives() && is_sibling(v))
        .filter_map(|v| Some((v.created(), word(scene, v)?)))
        .filter(|(_, word)| is_own_limit(word.message))
        .map(|(created, word)| (word.at, seconds(created, word.at)))
        .collect();
    lives.sort_unstable();
    let (Some((_, last)), true) = (lives.last(), lives.len() > 1) else { return false };
    let newest = scene.counting().filter(is_sibling).map(PodView::created).max();
    let lived = lives.iter().map(|(_, lived)| *lived).max().unwrap_or_default();
    let revision = view.revision.map(|at| &scene.revisions[at]);
    let is_wanted = revision.is_some_and(|r| r.current || r.desired > 0);
    is_wanted
        && *last <= BACK_OFF_RESET_SECONDS
        && newest.is_none_or(|made| {
            !scene.has_lasted(made, lived.clamp(RECOVERED_SECONDS, BACK_OFF_RESET_SECONDS))
        })
}
