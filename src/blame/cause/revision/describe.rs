//! A revision as a candidate: what it changed, by whom, its evidence, and the way back.

use super::super::{Candidate, Proof};
use crate::blame::change;
use crate::blame::lineage::{self, Lineage};
use crate::blame::remedy;
use crate::blame::revision::Revision;
use crate::blame::scene::{Scene, object_ref};
use crate::blame::step::Weight;
use crate::graph::{Edit, Edited};
use crate::observe::Difference;
use crate::report::Evidence;

/// What one revision brought, as a candidate; `is_wanted` tells that the failing pods are of
/// the revision that is wanted now, so that going back ends them.
pub(in crate::blame::cause) fn describe(
    scene: &Scene<'_>,
    step: &Lineage<'_, '_>,
    changes: &[Difference<'_>],
    weight: Weight,
    proof: Proof,
    is_wanted: bool,
) -> Candidate {
    let revision = step.revision;
    let (by, time, not_before) = lineage::who(scene, revision, step.before);
    let back = step
        .predecessor
        .and_then(|p| scene.revisions[p].number)
        .filter(|_| is_wanted && proof >= Proof::Open);
    Candidate {
        revision: revision.number,
        generation: generation(scene, revision),
        weight,
        proof,
        by,
        time,
        not_before,
        what: change::phrase(changes),
        changes: change::fields(changes),
        evidence: evidence(revision, changes),
        remedy: back.and_then(|number| remedy::undo(scene, number)),
        ..Candidate::new(revision.class(), Some(object_ref(scene.root)))
    }
}

/// A Job's or `CronJob`'s template has a generation, not a revision.
pub(super) fn generation(scene: &Scene<'_>, revision: &Revision<'_>) -> Option<i64> {
    if revision.number.is_some() || !matches!(scene.root.kind(), "Job" | "CronJob") {
        return None;
    }
    // The generation whose template the run was made of: today's, or one whose edit was seen.
    let today = scene
        .workload()
        .is_some_and(|w| w.template == revision.template)
        .then_some(scene.root.meta.generation);
    let made = || lineage::edit_of(scene, revision).map(|edit| edit.generation);
    // The first edit seen of it may be the one that ended it.
    let ended = || {
        let edits = scene.root.memory.edits.iter();
        let before = |edit: &&Edit| matches!(&edit.what, Edited::Fields { before, .. } if **before == *revision.template);
        edits.rev().find(before).map(|edit| edit.generation - 1)
    };
    today.or_else(made).or_else(ended).filter(|generation| *generation > 0)
}

fn evidence(revision: &Revision<'_>, changes: &[Difference<'_>]) -> Vec<Evidence> {
    let first = changes.first();
    first
        .map(|change| Evidence {
            object: object_ref(revision.carrier),
            field: format!("spec.template.spec.{}", change.path),
            value: change
                .to
                .and_then(crate::observe::Leaf::shown)
                .map(|v| crate::observe::line(v, 256)),
            time: revision.carrier.meta.created.map(Into::into),
        })
        .into_iter()
        .collect()
}
