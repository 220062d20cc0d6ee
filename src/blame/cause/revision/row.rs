//! Edits in a row: what a revision proved that was replaced at once, and what is not known of
//! those between.

use super::explain::{self, weight_of};
use super::{Candidate, Case, Proof};
use crate::blame::lineage::{self, Lineage};
use crate::blame::revision::Revision;
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Weight;
use crate::blame::{gone, peer};
use crate::observe::Difference;

/// Of edits in a row of which nobody knows which one broke it, none is blamed, unless one
/// alone is about this very kind of failure.
pub(super) fn spare_all(found: &mut [Candidate]) {
    let exact = found.iter().filter(|c| c.weight == Weight::Exact).count();
    if found.len() > 1 && exact != 1 {
        for candidate in found {
            candidate.proof = candidate.proof.min(Proof::TimeOnly);
            candidate.remedy = None;
        }
    }
}

/// Whether a pod of a revision lived for longer than the failing one took to fail and never
/// failed, as far as is known, and none was seen to fail as this one.
pub(super) fn ended_well(case: &Case<'_, '_>, at: usize) -> bool {
    let took = gone::failed_within(case);
    let of = |view: &&PodView<'_>| view.revision == Some(at);
    let is_well = |view: &PodView<'_>| {
        view.object.memory.well.is_some()
            && view.object.memory.runs.iter().all(|run| run.end.exit_code == 0)
            && !case.all.iter().any(|s| s.is_shown_by(view))
            && peer::seconds(view.created(), view.asked_to_go().unwrap_or(case.scene.now)) > took
    };
    let pods = || case.scene.pods.iter().filter(of);
    !pods().any(|view| peer::fails_alike(case, view))
        && !gone::failed_alike(case, at)
        && (pods().any(is_well) || gone::ended_in_order(case, at, took))
}

/// What the newest revision put back to an older value, where that is what such a failure is
/// about: the revision before was not seen to fail with the other value.
pub(super) fn put_back<'d>(
    case: &Case<'_, '_>,
    newest: &Lineage<'d, '_>,
    diff: &[Difference<'_>],
) -> Vec<Difference<'d>> {
    let heaviest = diff.iter().map(|d| weight_of(case, d)).max().unwrap_or(Weight::None);
    let is_same = |d: &Difference<'_>| diff.iter().any(|other| other.path == d.path);
    let is_heavier = |d: &Difference<'_>| {
        let weight = weight_of(case, d);
        weight > heaviest || weight == heaviest && explain::is_about(case.symptom, d.path)
    };
    newest.changes().into_iter().filter(|d| !is_same(d) && is_heavier(d)).collect()
}

/// Whether a revision between this one and the one it is compared with is gone: some of
/// the changes are that one's.
pub(super) fn skips_a_number(scene: &Scene<'_>, step: &Lineage<'_, '_>) -> bool {
    let before = step.predecessor.map(|p| &scene.revisions[p]);
    let (Some(number), Some(before)) = (step.revision.number, before) else { return false };
    let numbers = before.number.into_iter().chain(before.earlier.iter().copied());
    lineage::edit_of(scene, step.revision).is_none()
        && numbers.filter(|n| *n < number).max().is_some_and(|n| n + 1 < number)
}

/// How long a revision must have been in force to have proved anything, in seconds.
const BRIEF_SECONDS: i64 = 60;

/// Whether the revision before was replaced at once, and no pod of it was seen well.
pub(super) fn is_unproved(case: &Case<'_, '_>, step: &Lineage<'_, '_>) -> bool {
    let Some(before) = step.predecessor else { return false };
    let revision = &case.scene.revisions[before];
    let came = |r: &Revision<'_>| r.activated.at.filter(|_| !r.is_reused());
    let (Some(from), Some(to)) = (came(revision), came(step.revision)) else { return false };
    let passed = |view: &PodView<'_>| view.revision == Some(before) && peer::passed(case, view);
    peer::seconds(from, to) < BRIEF_SECONDS
        && !case.scene.pods.iter().any(passed)
        && !gone::passed(case, before)
}
