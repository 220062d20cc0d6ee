//! What a report remembers for the controller that is started again: earlier
//! episodes, and the outside inputs whose change was seen.
//!
//! Kubernetes keeps neither. Both are readable in the report, hold no value and no
//! hash, and support at most `Likely` when only they are left.

use super::notable;
use super::reference::{self, Reference};
use super::revision::Revision;
use super::scene::{PodView, Scene, object_ref};
use crate::graph::{Edited, Object};
use crate::report::{
    Episode, Finding, InputEntry, Moment, ObjectRef, PastCause, PastSymptom, PastTrigger,
    RevisionEntry, Status, Verdict,
};
use std::collections::BTreeSet;

/// How many earlier episodes are kept.
const MAX_HISTORY: usize = 10;
/// How many inputs are kept.
const MAX_INPUTS: usize = 16;
/// How many paths of one input are kept.
const MAX_PATHS: usize = 8;
/// What stands for a deletion among an input's paths.
const DELETED: &str = "metadata.deletionTimestamp";

/// The history, with the episode that has just ended and what broke nothing.
pub(super) fn history(
    scene: &Scene<'_>,
    verdict: Verdict,
    since: Moment,
    findings: &[Finding],
) -> Vec<Episode> {
    let mut history = Vec::new();
    if let Some(memory) = scene.memory {
        history.clone_from(&memory.history);
        let is_it = |e: &Episode| e.verdict == memory.verdict && e.from == memory.since;
        if has_ended(memory, verdict, findings) && !history.iter().any(is_it) {
            history.insert(0, episode(memory, since));
        }
    }
    if matches!(verdict, Verdict::Healthy | Verdict::Progressing) && findings.is_empty() {
        notable::add(scene, &mut history);
    }
    history.truncate(MAX_HISTORY);
    history
}

fn is_bad(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Failing | Verdict::Stuck)
}

/// What was wrong is over, or something else is wrong now.
fn has_ended(memory: &Status, verdict: Verdict, findings: &[Finding]) -> bool {
    let key = |f: &Finding| {
        (f.cause.class, f.cause.object.clone(), f.cause.revision, f.symptom.container.clone())
    };
    let is_same = memory.findings.iter().any(|was| findings.iter().any(|is| key(is) == key(was)));
    is_bad(memory.verdict)
        && !memory.findings.is_empty()
        && verdict != Verdict::Unknown
        && (!is_bad(verdict) || !is_same)
}

fn episode(memory: &Status, since: Moment) -> Episode {
    let first = memory.findings.first();
    Episode {
        verdict: memory.verdict,
        from: memory.since,
        to: Some(since.max(memory.since)),
        summary: crate::observe::line(&memory.summary, 512),
        symptom: first.map(|f| PastSymptom {
            reason: f.symptom.reason.clone(),
            container: f.symptom.container.clone(),
            exit_code: f.symptom.exit_code,
            examples: f.symptom.examples.clone(),
        }),
        cause: first.map(|f| PastCause {
            class: f.cause.class,
            confidence: f.cause.confidence,
            object: f.cause.object.clone(),
            revision: f.cause.revision,
            by: f.cause.by.clone(),
        }),
        trigger: first.and_then(|f| f.trigger.as_ref()).map(|t| PastTrigger { class: t.class }),
    }
}

/// The outside inputs of the root's pods whose change was seen, now or before.
pub(super) fn inputs(scene: &Scene<'_>) -> Vec<InputEntry> {
    let mut found: Vec<InputEntry> = read_by_pods(scene)
        .into_iter()
        .filter_map(|(kind, name)| {
            let object = scene.named(kind, &name)?;
            entry(object)
        })
        .collect();
    for earlier in scene.memory.into_iter().flat_map(|memory| &memory.inputs) {
        if !found.iter().any(|entry| is_same(&entry.object, &earlier.object)) {
            found.push(earlier.clone());
        }
    }
    found.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.object.cmp(&b.object)));
    found.truncate(MAX_INPUTS);
    found
}

/// What an earlier report says of a revision: of the same carrier under the same number.
pub(super) fn revision<'s>(
    scene: &'s Scene<'_>,
    revision: &Revision<'_>,
) -> Option<&'s RevisionEntry> {
    let uid = revision.carrier.meta.uid.to_string();
    scene.memory?.revisions.iter().find(|known| {
        let carrier = known.controller.as_ref().and_then(|object| object.uid.as_deref());
        known.revision == revision.number && carrier == Some(&*uid)
    })
}

/// The number in force when a pod was made, where only an earlier report knows it: of a
/// carrier that is used again Kubernetes keeps no word of its return.
pub(super) fn created_under(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    view: &PodView<'_>,
) -> Option<i64> {
    if !revision.is_reused() {
        return None;
    }
    let uid = view.object.meta.uid.to_string();
    let mut pods = scene.memory?.revisions.iter().flat_map(|known| {
        let carrier = known.controller.as_ref().and_then(|object| object.uid.as_deref());
        let is_same = carrier == Some(&*revision.carrier.meta.uid.to_string());
        known.pod_details.iter().filter(move |_| is_same).map(|pod| (known.revision, pod))
    });
    let (number, pod) = pods.find(|(_, pod)| pod.uid == uid)?;
    // Seen under a number that is history by now, it was made under that or before.
    pod.created_under.or(number).filter(|n| revision.earlier.contains(n))
}

/// What an earlier report says of this object's last change.
pub(super) fn recalled<'s>(scene: &'s Scene<'_>, object: &ObjectRef) -> Option<&'s InputEntry> {
    scene.memory?.inputs.iter().find(|entry| is_same(&entry.object, object))
}

/// Whether an entry tells of the object's deletion.
pub(super) fn is_deletion(entry: &InputEntry) -> bool {
    entry.paths.iter().any(|path| path == DELETED)
}

fn is_same(a: &ObjectRef, b: &ObjectRef) -> bool {
    a.kind == b.kind && a.name == b.name && a.namespace == b.namespace
}

fn read_by_pods(scene: &Scene<'_>) -> BTreeSet<(&'static str, String)> {
    let with_pods = scene.revisions.iter().enumerate().filter(|(at, r)| {
        r.current || scene.pods.iter().any(|v| v.revision == Some(*at) && v.lives())
    });
    with_pods
        .flat_map(|(_, revision)| {
            let template = &revision.template;
            let lists = ["initContainers", "containers"].into_iter();
            let paths = lists.flat_map(|list| {
                template.keys(list).map(move |name| format!("{list}[{name}]")).collect::<Vec<_>>()
            });
            paths.flat_map(|path| reference::of_container(template, &path)).collect::<Vec<_>>()
        })
        .map(|Reference { kind, name, .. }| (kind, name))
        .take(4 * MAX_INPUTS)
        .collect()
}

fn entry(object: &Object) -> Option<InputEntry> {
    let version = Some(object.meta.resource_version.to_string());
    if let Some(gone) = object.gone {
        return Some(InputEntry {
            object: object_ref(object),
            resource_version: version,
            paths: vec![DELETED.to_owned()],
            by: None,
            not_before: None,
            time: Some(gone.into()),
        });
    }
    let edit = object.memory.edits.last()?;
    let Edited::Fields { before, after } = &edit.what else { return None };
    let diff = before.diff(after);
    let when = super::author::When::Between(edit.not_before, edit.at);
    let by = super::author::of_changes(&edit.ownership, &diff, when);
    Some(InputEntry {
        object: object_ref(object),
        resource_version: version,
        paths: diff.iter().take(MAX_PATHS).map(|d| crate::observe::line(d.path, 256)).collect(),
        not_before: Some(edit.not_before).filter(|_| by.is_none()).map(Into::into),
        time: Some(by.as_ref().map_or(edit.at, |(_, at)| *at).into()),
        by: by.map(|(author, _)| author),
    })
}
