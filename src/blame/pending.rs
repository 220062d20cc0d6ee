//! A template edit that no pod carries yet, and what holds it back.

use super::author::{self, When};
use super::scene::Scene;
use super::step::Step;
use super::symptom::Symptom;
use super::{change, lineage};
use crate::observe::Fields;
use crate::report::{HeldBy, PendingEdit};

/// The edit that is held back, where there is one.
pub(super) fn edit(scene: &Scene<'_>, symptoms: &[Symptom<'_>]) -> Option<PendingEdit> {
    let work = scene.workload()?;
    let (at, current) = scene.current()?;
    if current.template != work.template && work.paused && scene.root.kind() == "Deployment" {
        return Some(describe(scene, &current.template, &work.template, HeldBy::Paused));
    }
    let carried = scene.pods.iter().any(|view| view.lives() && view.revision == Some(at));
    let before = lineage::predecessor(scene, at).map(|before| &scene.revisions[before].template)?;
    if carried || **before == *current.template {
        return None;
    }
    let blocked = symptoms.iter().any(|s| s.step == Step::Create && s.revision == Some(at));
    let held_by = match (scene.root.kind(), &*work.strategy) {
        ("StatefulSet" | "DaemonSet", "OnDelete") => HeldBy::OnDelete,
        ("StatefulSet", _) if work.partition > 0 => HeldBy::Partition,
        _ if blocked => HeldBy::Blocked,
        _ => return None,
    };
    Some(describe(scene, before, &current.template, held_by))
}

fn describe(scene: &Scene<'_>, before: &Fields, after: &Fields, held_by: HeldBy) -> PendingEdit {
    let mut diff = before.diff(after);
    diff.sort_by(|a, b| change::prominence(a.path).cmp(&change::prominence(b.path)));
    let edit = scene
        .root
        .memory
        .edits
        .iter()
        .rev()
        .find(|e| matches!(&e.what, crate::graph::Edited::Fields { .. }));
    let by = edit
        .and_then(|e| author::of_changes(&e.ownership, &diff, When::Between(e.not_before, e.at)));
    PendingEdit {
        changes: change::fields(&diff),
        time: by.as_ref().map(|(_, at)| *at).or(edit.map(|e| e.at)).map(Into::into),
        by: by.map(|(author, _)| author),
        held_by,
    }
}
