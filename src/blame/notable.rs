//! What happened to a root and broke nothing: a `ReplicaSet` that it adopted, an edit that another
//! writer took back, pods that were evicted and replaced. It stands in the history, so that it
//! outlives the objects that tell of it.
//!
//! *Near miss*: an eviction that an episode is about; an undo by the same hand, or after the edit
//! had its time; a set that the root made itself.

use super::author::{self, When};
use super::scene::{PodView, SLACK, Scene, node_ref, object_ref};
use super::symptom::evicted;
use super::{change, peer};
use crate::graph::Edited;
use crate::observe::{find_condition, line};
use crate::report::{CauseClass, Episode, ObjectRef, PastCause, PastSymptom, Verdict};
use jiff::{SignedDuration, Timestamp};

/// How many events that broke nothing are kept beside the episodes.
const MAX_EVENTS: usize = 4;
/// How soon an edit is taken back by whoever reverts all that is not its own, in seconds.
const REVERT_SECONDS: i64 = 60;
/// How long before an episode begins what brought it about happens, at most.
const BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// Adds what is told now to what is known, newest first; of more than is kept the oldest go.
pub(super) fn add(scene: &Scene<'_>, history: &mut Vec<Episode>) {
    // A run's own pods come and go with it.
    if matches!(scene.root.kind(), "Job" | "CronJob" | "Pod") {
        return;
    }
    let is_of_episode = |event: &Episode, history: &[Episode]| {
        history.iter().filter(|e| !is_event(e)).any(|e| {
            let ended = e.to.unwrap_or(e.from);
            e.from.timestamp() - BEFORE <= event.from.timestamp() && event.from <= ended
        })
    };
    for event in adoptions(scene).into_iter().chain(reverts(scene)).chain(evictions(scene)) {
        let is_known = history.iter().any(|e| e.from == event.from && e.summary == event.summary);
        if !is_known && !is_of_episode(&event, history) {
            history.push(event);
        }
    }
    history.sort_by(|a, b| (b.from, &b.summary).cmp(&(a.from, &a.summary)));
    let mut room = MAX_EVENTS;
    history.retain(|entry| {
        let is_kept = !is_event(entry) || room > 0;
        room -= usize::from(is_event(entry) && is_kept);
        is_kept
    });
}

/// Whether an entry of the history is no episode of something wrong.
fn is_event(entry: &Episode) -> bool {
    entry.verdict == Verdict::Healthy
}

fn event(
    class: CauseClass,
    object: Option<ObjectRef>,
    (from, to): (Timestamp, Timestamp),
    what: &str,
) -> Episode {
    Episode {
        verdict: Verdict::Healthy,
        from: from.into(),
        to: Some(to.into()),
        summary: line(what, 512),
        symptom: None,
        cause: Some(PastCause { class, confidence: None, object, revision: None, by: None }),
        trigger: None,
    }
}

/// Sets that are older than the root that owns them.
fn adoptions(scene: &Scene<'_>) -> Vec<Episode> {
    let Some(made) = scene.root.meta.created else { return Vec::new() };
    let is_older = |at: Timestamp| at + SLACK < made;
    let sets = scene.revisions.iter().map(|revision| revision.carrier).filter(|set| {
        set.gone.is_none()
            && set.kind() == "ReplicaSet"
            && set.meta.uid != scene.root.meta.uid
            && set.meta.created.is_some_and(is_older)
    });
    // Of several that are adopted at once the newest is the one whose pods run.
    let newest = sets.max_by_key(|set| (set.meta.created, set.meta.name.clone()));
    newest
        .map(|set| {
            let what = format!("ReplicaSet {} was adopted: it is older", set.meta.name);
            event(CauseClass::OwnerChange, Some(object_ref(set)), (made, made), &what)
        })
        .into_iter()
        .collect()
}

/// Edits of the template that another writer took back at once.
fn reverts(scene: &Scene<'_>) -> Vec<Episode> {
    let edits = scene.root.memory.edits.iter().filter_map(|edit| match &edit.what {
        Edited::Fields { before, after } => Some((edit, before, after)),
        Edited::Replicas { .. } => None,
    });
    let edits: Vec<_> = edits.collect();
    let pairs = edits.windows(2).filter_map(|pair| {
        let [(edit, before, changed), (undo, _, after)] = pair else { return None };
        if before != after || peer::seconds(edit.at, undo.at) > REVERT_SECONDS {
            return None;
        }
        let diff = before.diff(changed);
        let who = |edit: &crate::graph::Edit| {
            let when = When::Between(edit.not_before, edit.at);
            author::of_changes(&edit.ownership, &diff, when)?.0.manager
        };
        let (by, back) = (who(edit), who(undo)?);
        if by.as_deref() == Some(&*back) {
            return None;
        }
        let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
        let what = format!("{}{by} was taken back by {back}", change::phrase(&diff));
        let root = Some(object_ref(scene.root));
        Some(event(CauseClass::Conflict, root, (edit.at, undo.at), &what))
    });
    pairs.collect()
}

/// Pods that were thrown out and are no failure: their places are taken.
fn evictions(scene: &Scene<'_>) -> Vec<Episode> {
    let of_pod = |view: &PodView<'_>| {
        let (reason, said, at) = evicted::word_of(scene, view).or_else(|| {
            let told = find_condition(&view.pod.conditions, "DisruptionTarget")?;
            let is_evicted = &*told.reason == "EvictionByEvictionAPI" && !view.lives();
            let word = (String::from("Evicted"), told.message.to_string(), told.since?);
            is_evicted.then_some(word)
        })?;
        let is_settled = scene.counting().any(|v| v.created() + SLACK >= at && v.is_ready());
        let name = view.name();
        let what = format!("pod {name} was evicted: {}", said.trim_end_matches([' ', '.']));
        // By its name only: a well root is not judged again for what its nodes say.
        let node = view.pod.node.as_deref().map(node_ref);
        let symptom = PastSymptom {
            reason,
            container: None,
            exit_code: None,
            examples: vec![name.to_owned()],
        };
        let event = event(CauseClass::Eviction, node, (at, at), &what);
        is_settled.then_some((at, Episode { symptom: Some(symptom), ..event }))
    };
    let mut found: Vec<_> = scene.pods.iter().filter_map(of_pod).collect();
    found.sort_by(|a, b| (b.0, &b.1.summary).cmp(&(a.0, &a.1.summary)));
    found.into_iter().take(MAX_EVENTS).map(|(_, event)| event).collect()
}
