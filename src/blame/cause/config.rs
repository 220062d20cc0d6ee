//! A `ConfigMap` or Secret that the container reads was edited or deleted.
//!
//! *Near miss*: an edit after the failing run had read it; a key the container does
//! not read; a peer that started after the edit and is well; a container that ran well with
//! what was edited before it started; an edit that was put back before anybody read it; an
//! object that the new revision is the first to name (that is the revision's own change).

mod taken_back;

use super::{Candidate, Case, Proof};
use crate::blame::author::{self, When};
use crate::blame::change;
use crate::blame::lineage;
use crate::blame::peer;
use crate::blame::reference::{self, Reference};
use crate::blame::remember;
use crate::blame::scene::{PodView, SLACK, Scene, named_ref, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Detail, Instance, Symptom};
use crate::graph::{Edited, Object};
use crate::observe::{Difference, Fields, Leaf};
use crate::report::{CauseClass, Evidence, Moment, Trigger, TriggerClass};
use jiff::{SignedDuration, Timestamp};

/// How long a kubelet may take to refresh a mounted volume, in seconds: its sync
/// period and cache (kubernetes `pkg/kubelet/util/manager`).
const REFRESH_SECONDS: i64 = 120;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let Some(instance) = symptom.first_instance() else { return Vec::new() };
    if let Detail::Missing { kind: kind @ ("ConfigMap" | "Secret"), name, key } = &symptom.detail {
        return missing(scene, symptom, instance, kind, name, key.as_deref()).into_iter().collect();
    }
    if !matches!(symptom.step, Step::Run | Step::Probe) {
        return Vec::new();
    }
    let Some(container) = symptom.container_path.as_deref() else { return Vec::new() };
    reference::of_container(instance.view.fields(), container)
        .iter()
        .filter_map(|reference| edited(scene, symptom, instance, reference))
        .collect()
}

fn class_of(kind: &str) -> CauseClass {
    if kind == "Secret" { CauseClass::SecretChange } else { CauseClass::ConfigChange }
}

/// The object, or a key of it, is not there.
fn missing(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    instance: &Instance<'_>,
    kind: &str,
    name: &str,
    key: Option<&str>,
) -> Option<Candidate> {
    let object = scene.named(kind, name);
    let peer = peer_with(scene, instance, kind, name);
    let newly_named = is_newly_named(scene, symptom, name, key);
    // Named for the first time by this very revision: that is the revision's own change.
    if newly_named && peer.is_none() {
        return None;
    }
    let reference = object.map_or_else(|| named_ref(scene, "v1", kind, name), object_ref);
    let mut candidate = Candidate {
        weight: Weight::Exact,
        proof: if peer.is_some() { Proof::Supported } else { Proof::Open },
        what: what_is_missing(kind, name, key),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: "status.containerStatuses.state.waiting.message".to_owned(),
            value: symptom.message.clone(),
            time: Some(instance.first_bad.into()),
        }],
        remedy: Some(match key {
            Some(key) => format!("put the key {key} back into {kind} {name}"),
            None => format!("create {kind} {name}"),
        }),
        ..Candidate::new(class_of(kind), Some(reference))
    };
    match (object, key) {
        (Some(gone), None) => candidate.time = gone.gone,
        (Some(object), Some(key)) => {
            let path = format!("data[{key}]");
            let removal = object.memory.edits.iter().rev().find(|edit| {
                matches!(&edit.what, Edited::Fields { before, after } if before.get(&path).is_some() && after.get(&path).is_none())
            });
            candidate.changes = vec![crate::report::FieldChange { path, from: None, to: None }];
            candidate.time = removal.map(|edit| edit.at);
            candidate.not_before = removal.map(|edit| edit.not_before);
        }
        // Its deletion may stand in an earlier report only.
        (None, _) => {
            let recalled =
                candidate.object.as_ref().and_then(|object| remember::recalled(scene, object));
            candidate.time = recalled
                .filter(|entry| remember::is_deletion(entry))
                .and_then(|entry| entry.time)
                .map(Moment::timestamp);
        }
    }
    Some(candidate)
}

fn what_is_missing(kind: &str, name: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("{kind} {name} has no key {key}"),
        None => format!("{kind} {name} does not exist"),
    }
}

/// A pod that reads the same object and has started: it was there then.
fn peer_with<'s, 'g>(
    scene: &'s Scene<'g>,
    instance: &Instance<'g>,
    kind: &str,
    name: &str,
) -> Option<&'s PodView<'g>> {
    scene.pods.iter().find(|view| {
        let is_itself = view.object.meta.uid == instance.view.object.meta.uid;
        let containers = view.pod.containers.iter();
        let ran = |c: &crate::observe::ContainerStatus| {
            c.restarts > 0 || !matches!(c.state, crate::observe::State::Waiting { .. })
        };
        (!is_itself || instance.is_restart)
            && containers.filter(|c| ran(c)).any(|c| {
                let read = reference::of_container(view.fields(), &PodView::container_path(c));
                read.iter().any(|r| r.kind == kind && r.name == name)
            })
    })
}

/// Whether the failing revision is the first to name it.
fn is_newly_named(scene: &Scene<'_>, symptom: &Symptom<'_>, name: &str, key: Option<&str>) -> bool {
    let Some(at) = symptom.revision else { return false };
    let Some(before) = lineage::predecessor(scene, at) else { return false };
    if lineage::was_borne(scene, symptom, at) {
        return false;
    }
    let names =
        |fields: &Fields| fields.iter().any(|(_, leaf)| leaf.shown() == Some(key.unwrap_or(name)));
    !names(&scene.revisions[before].template)
}

/// The object was edited before the failing run read it, and after the last good one had.
fn edited(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    instance: &Instance<'_>,
    reference: &Reference,
) -> Option<Candidate> {
    let object = scene.named(reference.kind, &reference.name)?;
    let read_by = if reference.at_start && symptom.step == Step::Run {
        instance.reread_at.unwrap_or(instance.read_at).max(instance.view.created()) + SLACK
    } else {
        instance.first_bad + SLACK
    };
    if let Some(deletion) = object.gone {
        return deleted(scene, symptom, instance, reference, object, deletion)
            .filter(|_| deletion <= read_by);
    }
    if taken_back::is_taken_back(scene, symptom, object, reference, read_by) {
        return None;
    }
    let edit = last_edit(object, reference, read_by)
        .or_else(|| recalled(scene, object, reference, read_by))
        .or_else(|| written(object, reference, read_by))?;
    // A file that is mounted is fresh in a new pod, and in a container soon after.
    let delay = if reference.at_start { 0 } else { REFRESH_SECONDS };
    if instance.bore(edit.time + SignedDuration::from_secs(delay)) {
        return None;
    }
    if edit.time + SignedDuration::from_secs(REFRESH_SECONDS) < instance.view.created()
        && !instance.is_restart
        && !has_older_peer(scene, edit.time)
        && !is_exposed(scene, symptom, edit.time)
    {
        // Every pod there is was made after it: nobody is known to have been well without it.
        return None;
    }
    let proof = proof(scene, symptom, instance, reference, &edit)?;
    // Part of its time since then is not accounted for: it may have run well with the edit.
    let is_older = edit.time + SLACK < instance.view.created();
    let proof = if instance.is_vague && is_older { proof.min(Proof::TimeOnly) } else { proof };
    let is_doubtful = !edit.is_seen || !has_contrast(scene, symptom, reference, edit.time);
    let (by, written) = edit.by.map_or((None, None), |(author, at)| (Some(author), Some(at)));
    Some(Candidate {
        weight: Weight::Explains,
        proof,
        is_doubtful,
        by,
        time: Some(written.unwrap_or(edit.time)),
        not_before: edit.not_before.filter(|_| written.is_none()),
        what: edit.what,
        changes: edit.changes,
        // Read at its start, it was read by the run after the one that was well.
        trigger: instance.reread_at.filter(|_| reference.at_start).map(|at| Trigger {
            class: TriggerClass::ContainerRestart,
            object: Some(object_ref(instance.view.object)),
            time: Some(at.into()),
        }),
        evidence: vec![Evidence {
            object: object_ref(object),
            field: "metadata.resourceVersion".to_owned(),
            value: Some(object.meta.resource_version.to_string()),
            time: Some(edit.time.into()),
        }],
        ..Candidate::new(class_of(reference.kind), Some(object_ref(object)))
    })
}

/// It was deleted, and the container starts without it: it is optional, or still mounted.
fn deleted(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    instance: &Instance<'_>,
    reference: &Reference,
    object: &Object,
    at: Timestamp,
) -> Option<Candidate> {
    let edit = ObjectEdit {
        time: at,
        not_before: None,
        by: None,
        changes: Vec::new(),
        what: format!("{} {} was deleted", reference.kind, reference.name),
        is_seen: true,
    };
    Some(Candidate {
        weight: Weight::Explains,
        proof: proof(scene, symptom, instance, reference, &edit)?,
        is_doubtful: !has_contrast(scene, symptom, reference, at),
        time: Some(at),
        what: edit.what,
        ..Candidate::new(class_of(reference.kind), Some(object_ref(object)))
    })
}

struct ObjectEdit {
    time: Timestamp,
    not_before: Option<Timestamp>,
    by: Option<(crate::report::Author, Timestamp)>,
    changes: Vec<crate::report::FieldChange>,
    what: String,
    /// Whether the difference itself was seen.
    is_seen: bool,
}

/// Whether a pod that read it before the edit was well while the others failed: whatever
/// else went wrong then would have struck it too. What had to go as they came was not.
fn has_contrast(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    reference: &Reference,
    edit: Timestamp,
) -> bool {
    reference.at_start
        && scene.pods.iter().any(|view| {
            let began = peer::began(view, symptom);
            reads(view, symptom, reference)
                && began <= edit + SLACK
                && (view.lives() && view.is_ready() || was_well_past(view, symptom.first + SLACK))
        })
}

/// Whether a pod was seen well after `at`, and before it was to go.
fn was_well_past(view: &PodView<'_>, at: Timestamp) -> bool {
    let left = view.asked_to_go().or(view.object.gone);
    view.object.memory.well.is_some_and(|well| left.map_or(well, |left| well.min(left)) > at)
}

/// Whether the same container of a pod reads the same object.
fn reads(view: &PodView<'_>, symptom: &Symptom<'_>, reference: &Reference) -> bool {
    symptom.container_path.as_deref().is_some_and(|path| {
        reference::of_container(view.fields(), path)
            .iter()
            .any(|r| r.kind == reference.kind && r.name == reference.name)
    })
}

/// Whether a path of the object is what the container reads of it.
fn is_read(reference: &Reference, path: &str) -> bool {
    reference
        .key
        .as_ref()
        .is_none_or(|key| path == format!("data[{key}]") || path == format!("binaryData[{key}]"))
}

/// The newest edit of a key that is read, no later than `read_by`.
fn last_edit(object: &Object, reference: &Reference, read_by: Timestamp) -> Option<ObjectEdit> {
    let seen = object.memory.edits.iter().rev().filter(|edit| edit.not_before <= read_by).find_map(
        |edit| {
            let Edited::Fields { before, after } = &edit.what else { return None };
            let diff: Vec<Difference<'_>> =
                before.diff(after).into_iter().filter(|d| is_read(reference, d.path)).collect();
            if diff.is_empty() {
                return None;
            }
            let by =
                author::of_changes(&edit.ownership, &diff, When::Between(edit.not_before, edit.at));
            Some(ObjectEdit {
                time: by.as_ref().map_or(edit.at, |(_, at)| *at),
                not_before: Some(edit.not_before),
                changes: change::fields(&diff),
                what: format!("{} {}: {}", reference.kind, reference.name, change::phrase(&diff)),
                by,
                is_seen: true,
            })
        },
    );
    seen.filter(|edit| edit.time <= read_by)
}

/// What an earlier report says of the edit that led to this very version.
fn recalled(
    scene: &Scene<'_>,
    object: &Object,
    reference: &Reference,
    read_by: Timestamp,
) -> Option<ObjectEdit> {
    let entry = remember::recalled(scene, &object_ref(object))?;
    let is_this = entry.resource_version.as_deref() == Some(&*object.meta.resource_version);
    let is_read = |path: &String| {
        reference.key.as_ref().is_none_or(|key| path.ends_with(&format!("[{key}]")))
    };
    let time = entry.time.map(Moment::timestamp).filter(|time| *time <= read_by)?;
    let paths: Vec<&String> = entry.paths.iter().filter(|path| is_read(path)).collect();
    (is_this && !paths.is_empty()).then(|| ObjectEdit {
        time,
        not_before: entry.not_before.map(Moment::timestamp),
        by: entry.by.clone().map(|by| (by, time)),
        changes: paths
            .iter()
            .map(|path| crate::report::FieldChange { path: (*path).clone(), from: None, to: None })
            .collect(),
        what: format!("{} {}: {} changed", reference.kind, reference.name, paths[0]),
        is_seen: false,
    })
}

/// What a dump shows of an edit: a manager that wrote the data after the object was made.
/// Of a Secret only who owns which key is known, in a recording too.
fn written(object: &Object, reference: &Reference, read_by: Timestamp) -> Option<ObjectEdit> {
    let created = object.meta.created?;
    let owners = &object.ownership;
    let keys: Vec<String> = match (&reference.key, &object.detail) {
        (Some(key), _) => vec![format!("data[{key}]"), format!("binaryData[{key}]")],
        (None, crate::observe::Detail::ConfigMap(map)) => {
            map.keys.iter().map(|(path, _)| path.to_owned()).collect()
        }
        (None, _) => owners.paths_under("data[").map(str::to_owned).collect(),
    };
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let late = |time: &Timestamp| *time > created + SLACK && *time <= read_by;
    let newest = keys
        .iter()
        .flat_map(|key| owners.of(key))
        .filter_map(|owner| owner.time)
        .filter(late)
        .max()?;
    let by: Vec<&str> =
        keys.iter().copied().filter(|key| owners.of(key).any(|o| o.time == Some(newest))).collect();
    let changes: Vec<Difference<'_>> =
        by.iter().map(|path| Difference { path, from: None, to: Some(&Leaf::Hidden(0)) }).collect();
    Some(ObjectEdit {
        time: newest,
        not_before: Some(created),
        by: author::of_paths(owners, &by, When::Between(newest, newest)),
        // Which of the keys it owns a manager wrote last is not recorded: only a single one is named.
        changes: if by.len() == 1 { change::fields(&changes) } else { Vec::new() },
        what: format!("{} {} was edited", reference.kind, reference.name),
        is_seen: false,
    })
}

/// Whether a restart of the rollout made the pods read it again: its template was in force
/// before the edit.
fn is_exposed(scene: &Scene<'_>, symptom: &Symptom<'_>, edit: Timestamp) -> bool {
    let Some(revision) = symptom.revision.map(|at| &scene.revisions[at]) else { return false };
    let before = symptom.revision.and_then(|at| crate::blame::lineage::predecessor(scene, at));
    crate::blame::trigger::is_restart(scene, revision)
        && before
            .and_then(|before| scene.revisions[before].carrier.meta.created)
            .is_some_and(|made| made < edit)
}

fn has_older_peer(scene: &Scene<'_>, edit: Timestamp) -> bool {
    scene.pods.iter().any(|view| view.created() < edit)
}

/// What the peers say: well ones that read it before the edit support it, well ones
/// that read it after refute it.
fn proof(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    instance: &Instance<'_>,
    reference: &Reference,
    edit: &ObjectEdit,
) -> Option<Proof> {
    // A good run of this very container before the edit is the nearest peer there is.
    let mut supported = instance.is_restart || instance.ran_well();
    for view in &scene.pods {
        if symptom.is_shown_by(view) || !reads(view, symptom, reference) {
            continue;
        }
        // What was ready for a moment between its crashes is no well peer.
        let is_well = peer::was_well(view, scene.now).is_some();
        let began = peer::began(view, symptom);
        if is_well && began > edit.time + SLACK && scene.now.as_second() - began.as_second() > 10 {
            return None;
        }
        supported |= is_well && began <= edit.time + SLACK;
    }
    // A writer's own time is exact; without it only the interval is known.
    let earliest = if edit.by.is_some() { edit.time } else { edit.not_before.unwrap_or(edit.time) };
    let failed_before = symptom.instances.iter().any(|i| i.bad_since + SLACK < earliest);
    if failed_before {
        return None;
    }
    Some(if supported { Proof::Supported } else { Proof::Open })
}
