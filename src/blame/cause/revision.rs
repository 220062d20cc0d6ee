//! A new revision of the template, a rollback, a first revision.
//!
//! What fails is compared with the last revision that is not known to fail alike; each
//! difference is laid to the revision that brought the value that fails.
//! *Near miss*: pods that ran well with this very template; a predecessor whose pods
//! fail alike; a change that no input of the failed step carries; a restart mark.

mod describe;
mod explain;
mod first;
mod row;

pub(super) use describe::describe;

use super::{Candidate, Case, Proof, outside};
use crate::blame::lineage::{self, Lineage, lineage};
use crate::blame::scene::PodView;
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Before, Detail, job};
use crate::blame::{change, gone, peer, remedy, trigger};
use crate::observe::Difference;
use explain::{carries_address, is_behind_same_door, weight_of};
use first::initial;
use row::{ended_well, is_unproved, put_back, skips_a_number, spare_all};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let Some(at) = symptom.revision else { return Vec::new() };
    let Some(instance) = symptom.first_instance() else { return of_root(case, at) };
    if scene.revisions[at].is_older_than_return(instance.view.created()) {
        return Vec::new();
    }
    let mut found = since_good(case, at);
    if symptom.detail == Detail::Killed {
        // Who killed it is not known, and may be its node: without a peer on the same node that
        // is spared only the time speaks.
        let node = instance.view.pod.node.as_deref();
        let is_beside = |view: &PodView<'_>| node.is_some() && view.pod.node.as_deref() == node;
        let is_spared = scene.pods.iter().any(|view| is_beside(view) && peer::passed(case, view));
        for candidate in found.iter_mut().filter(|c| c.proof == Proof::Open || !is_spared) {
            candidate.proof = candidate.proof.min(Proof::TimeOnly);
            candidate.remedy = None;
        }
    }
    for candidate in &mut found {
        candidate.is_doubtful |= instance.is_vague;
    }
    // It ran well with this very template, until something else changed. What was ready for
    // a moment only may still be the template's doing, where pods without it are well.
    let was_well = |candidate: &Candidate| match instance.before {
        Before::Well => true,
        Before::Ready => candidate.proof == Proof::Open,
        Before::Unproved => false,
    };
    for candidate in found.iter_mut().filter(|candidate| was_well(candidate)) {
        candidate.proof = candidate.proof.min(Proof::TimeOnly);
        candidate.remedy = None;
    }
    found
}

/// The changes since the last revision that is not known to fail alike, each with the
/// revision that brought the value that fails.
fn since_good(case: &Case<'_, '_>, at: usize) -> Vec<Candidate> {
    let lineage = lineage(case.scene, at);
    let Some(last) = lineage.last() else { return initial(case, at).into_iter().collect() };
    let Some(mut good) = lineage.iter().position(|step| !is_known_bad(case, step)) else {
        // All of them fail alike, down to the first: if it never ran well, it is what they share.
        return last.predecessor.and_then(|first| initial(case, first)).into_iter().collect();
    };
    // What was in force for a moment only proved nothing: the edit before it is looked at too.
    let is_doubtful = lineage.get(good + 1).is_some() && is_unproved(case, &lineage[good]);
    while good + 1 < lineage.len() && is_unproved(case, &lineage[good]) {
        good += 1;
    }
    // One that proved nothing and whose own change is lost may hide the cause.
    let is_hidden = is_unproved(case, &lineage[good])
        && lineage[good].predecessor.and_then(|p| case.scene.revisions[p].number) > Some(1);
    let failing = &*case.scene.revisions[at].template;
    let baseline = lineage[good].before;
    let diff = baseline.diff(failing);
    let newest = &lineage[0];
    let is_newest_read = newest.changes().iter().any(|d| weight_of(case, d) > Weight::None);
    // What the newest revision put back, where the one before was not seen to fail.
    let put_back = if good > 0 && !is_known_bad(case, newest) {
        put_back(case, newest, &diff)
    } else {
        Vec::new()
    };
    let mut found: Vec<Candidate> = lineage[..=good]
        .iter()
        .enumerate()
        .filter_map(|(back, step)| {
            let brought = |d: &&Difference<'_>| {
                let is_later = |later: &Lineage<'_, '_>| later.before.get(d.path) != d.to;
                step.before.get(d.path) != d.to && !lineage[..back].iter().any(is_later)
            };
            let mut own: Vec<Difference<'_>> = diff.iter().filter(brought).copied().collect();
            // The older revisions had what was put back, but not what it was changed for.
            let since = step.predecessor.filter(|_| back == 0 && !put_back.is_empty());
            if back == 0 {
                own.extend(&put_back);
            }
            let found = of_step(case, step, &own, since)?;
            // Beside well pods the change is proved, but not that this revision brought it.
            let skips = skips_a_number(case.scene, step);
            let is_unsure = skips || is_hidden && found.proof == Proof::Open;
            let proof = if is_unsure { found.proof.min(Proof::TimeOnly) } else { found.proof };
            // No pod proves an older change while a newer one explains the failure better.
            let is_outdone = back > 0 && !put_back.is_empty();
            let proof = if is_outdone { proof.min(Proof::Open) } else { proof };
            // What one ran well with for long enough to fail waits for the newer.
            let is_spared = back > 0 && is_newest_read && ended_well(case, step.at);
            let proof = if is_spared { proof.min(Proof::TimeOnly) } else { proof };
            // The way back leads past every revision that failed alike.
            let wanted = lineage[good].predecessor.and_then(|p| case.scene.revisions[p].number);
            let remedy = found.remedy.and(wanted).and_then(|n| remedy::undo(case.scene, n));
            Some(Candidate {
                is_doubtful: found.is_doubtful || is_doubtful || is_hidden || skips,
                proof,
                remedy,
                ..found
            })
        })
        .collect();
    if is_doubtful && !gone::is_told_of(case) {
        spare_all(&mut found);
    }
    found
}

/// Whether pods of the revision before fail alike: then what it changed is not yet all.
fn is_known_bad(case: &Case<'_, '_>, step: &Lineage<'_, '_>) -> bool {
    let Some(before) = step.predecessor else { return false };
    let revision = &case.scene.revisions[before];
    // A set used again stands here for its earlier number.
    let is_earlier =
        |view: &PodView<'_>| before < step.at || revision.is_older_than_return(view.created());
    case.scene.pods.iter().any(|view| {
        view.revision == Some(before) && is_earlier(view) && peer::fails_alike(case, view)
    }) || before < step.at && gone::failed_alike(case, before)
}

/// What one revision brought, weighed against the symptom; `changes` run from the last
/// good value to the failing one, and pods older than revision `since` say nothing of them.
fn of_step(
    case: &Case<'_, '_>,
    step: &Lineage<'_, '_>,
    changes: &[Difference<'_>],
    since: Option<usize>,
) -> Option<Candidate> {
    let mut weighed: Vec<(Weight, Difference<'_>)> = changes
        .iter()
        .map(|d| (weight_of(case, d), *d))
        .filter(|(weight, _)| *weight > Weight::None)
        .collect();
    weighed.sort_by(|(a_weight, a), (b_weight, b)| {
        let by_weight = b_weight.cmp(a_weight);
        let is_about = |d: &Difference<'_>| explain::is_about(case.symptom, d.path);
        let by_subject = || is_about(b).cmp(&is_about(a));
        by_weight
            .then_with(by_subject)
            .then_with(|| change::prominence(a.path).cmp(&change::prominence(b.path)))
    });
    let (weight, _) = *weighed.first()?;
    let heaviest: Vec<Difference<'_>> =
        weighed.iter().filter(|(w, _)| *w == weight).map(|(_, d)| *d).collect();
    // Shown against the revision's own predecessor, as its user sees it.
    let shown: Vec<Difference<'_>> =
        weighed.iter().map(|(_, d)| Difference { from: step.before.get(d.path), ..*d }).collect();
    // What fails may be a later revision's, which carries the change on.
    let is_wanted = case.symptom.revision.is_some_and(|at| case.scene.revisions[at].current);
    let found =
        describe(case.scene, step, &shown, weight, proof(case, &heaviest, since), is_wanted);
    // What was in force before was borne then, unless it failed alike already: else only a
    // peer that is well beside it speaks clearly.
    let is_doubtful =
        step.revision.is_reused() && !is_well_elsewhere(case, step) && !failed_before(case, step);
    let remedy = found.remedy.clone().filter(|_| !is_doubtful);
    // What does not exist any more did when this template was in force before.
    let is_missing = matches!(case.symptom.detail, Detail::Missing { .. });
    let proof = if is_missing && lineage::was_borne(case.scene, case.symptom, step.at) {
        found.proof.min(Proof::TimeOnly)
    } else {
        found.proof
    };
    // What cannot be reached is named, and nothing of where it is was changed.
    let is_elsewhere =
        outside::is_told(case) && !weighed.iter().any(|(_, d)| carries_address(d.path));
    // Neither does another tag explain that the repository is closed, nor a toleration that
    // was left out a taint that nobody can name.
    let tells_nothing = is_elsewhere
        || weighed.iter().all(|(_, d)| is_behind_same_door(case.symptom, d))
        || weighed.iter().all(|(_, d)| explain::leaves_unknown_taint(case, d));
    let proof = if tells_nothing { proof.min(Proof::TimeOnly) } else { proof };
    let remedy = remedy.filter(|_| proof >= Proof::Open);
    // Whatever else was new to the failing pods speaks before a template that was borne.
    let weight = if is_doubtful { weight.min(Weight::Reads) } else { weight };
    Some(Candidate { weight, proof, is_doubtful, remedy, ..found })
}

/// Whether the failing revision left out a toleration of which it is not known what it was for.
pub(super) fn leaves_unknown_taint(case: &Case<'_, '_>) -> bool {
    let Some(at) = case.symptom.revision else { return false };
    lineage::brought(case.scene, at, |d| explain::leaves_unknown_taint(case, d))
}

/// Whether pods of an earlier time of the same set failed alike.
fn failed_before(case: &Case<'_, '_>, step: &Lineage<'_, '_>) -> bool {
    case.scene.pods.iter().any(|view| {
        view.revision == Some(step.at)
            && step.revision.is_older_than_return(view.created())
            && peer::fails_alike(case, view)
    })
}

/// Whether a pod of another revision is well now, beside the failing ones.
fn is_well_elsewhere(case: &Case<'_, '_>, step: &Lineage<'_, '_>) -> bool {
    case.scene.pods.iter().any(|view| {
        view.revision != Some(step.at)
            && view.counts()
            && view.is_ready()
            && peer::passed(case, view)
    })
}

/// What the peers say of these changes, each by what its own spec holds.
fn proof(case: &Case<'_, '_>, changes: &[Difference<'_>], since: Option<usize>) -> Proof {
    let Case { scene, symptom, .. } = *case;
    let is_asked =
        |at: usize| since.is_none_or(|since| at == since || Some(at) == symptom.revision);
    let failing = symptom.revision.map(|at| &scene.revisions[at].template);
    let mut proof = Proof::Open;
    // Of pods that ask for the same room the first to be bound leaves the others none.
    let is_for_room = symptom.step == Step::Schedule && is_of_rollout(case);
    for view in &scene.pods {
        let Some(at) = view.revision.filter(|at| is_asked(*at)) else { continue };
        let template = &scene.revisions[at].template;
        // A reused set's pods of before are of another episode, whatever they hold.
        if scene.revisions[at].is_older_than_return(view.created()) {
            if peer::turned_bad(case, view) {
                return Proof::Refuted;
            }
            continue;
        }
        // What admission made of a value stands for the template's own.
        let holds = |d: &Difference<'_>, value: Option<&crate::observe::Leaf>| {
            // The node is the scheduler's field of a pod, and the template's where it names one.
            let holder = if d.path == "nodeName" { template } else { view.fields() };
            let own = holder.get(d.path);
            own == value || template.get(d.path) == value && own != d.from && own != d.to
        };
        let has = |d: &Difference<'_>| holds(d, d.to);
        let lacks = |d: &Difference<'_>| holds(d, d.from);
        let (has_change, lacks_change) = (changes.iter().all(has), changes.iter().all(lacks));
        let passed = peer::passed(case, view);
        if lacks_change && peer::fails_alike(case, view) {
            return Proof::Refuted;
        }
        if has_change && passed {
            if failing != Some(template) {
                // A revision between that has this change and is well.
                return Proof::Refuted;
            }
            // A sibling that runs well with the very template: it cannot be all of the cause.
            if !is_for_room {
                proof = proof.min(Proof::TimeOnly);
            }
        }
        if lacks_change && passed && proof == Proof::Open {
            proof = Proof::Supported;
        }
    }
    // Of pods that are gone their events may still tell. They lived before whatever else has
    // changed since, so that they were well proves no change by itself.
    let others = (0..scene.revisions.len()).filter(|at| Some(*at) != symptom.revision);
    for at in others.filter(|at| is_asked(*at)) {
        let template = &scene.revisions[at].template;
        let has_change = changes.iter().all(|d| template.get(d.path) == d.to);
        let lacks_change = changes.iter().all(|d| template.get(d.path) == d.from);
        if has_change && gone::passed(case, at) || lacks_change && gone::failed_alike(case, at) {
            return Proof::Refuted;
        }
    }
    // A Job that completed passed every step, though its pods may be gone.
    let completed =
        scene.revisions.iter().filter(|r| since.is_none() && job::outcome(r) == Some(true));
    for revision in completed {
        let holds = |d: &Difference<'_>| revision.template.get(d.path) == d.from;
        if proof == Proof::Open && changes.iter().all(holds) {
            proof = Proof::Supported;
        }
    }
    proof
}

/// Whether the failing pod was made by a rollout, as far as is known: one that is made later
/// finds the room that its elder siblings found, or not for the revision's sake.
fn is_of_rollout(case: &Case<'_, '_>) -> bool {
    use crate::report::TriggerClass::{
        Autoscaler, Eviction, NodeReplacement, PodDeleted, Preemption, Scale,
    };
    let made_by = trigger::of(case.scene, case.symptom, None).class;
    let later = [Autoscaler, Eviction, NodeReplacement, PodDeleted, Preemption, Scale];
    !later.contains(&made_by)
}

/// A symptom that no pod shows: the revision is a cause only where its words say so.
fn of_root(case: &Case<'_, '_>, at: usize) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    // A refused pod is judged by what refused it; a Job that failed without pods by nothing.
    if symptom.step == Step::Create || scene.revisions[at].carrier.kind() == "Job" {
        return Vec::new();
    }
    let lineage = lineage(scene, at);
    let Some(step) = lineage.first() else { return Vec::new() };
    let mut changes = step.changes();
    changes.retain(|d| !d.path.starts_with("metadata."));
    if changes.is_empty() {
        return Vec::new();
    }
    vec![describe(scene, step, &changes, Weight::Reads, Proof::TimeOnly, false)]
}
