//! The judgement of one symptom: which candidate is the cause, and how sure.
//!
//! The counterfactual decides more than time: what is refuted is gone already, what
//! a well peer supports comes first, what explains this kind of failure beats what
//! merely precedes it. Certain needs identity and a peer or no alternative; time
//! alone is Possible, which is no blame.

use super::cause::{Candidate, Case, Proof, candidates};
use super::scene::Scene;
use super::step::Weight;
use super::symptom::Symptom;
use super::{chain, remedy, trigger, words};
use crate::observe::line;
use crate::report::{Cause, CauseClass, Confidence, Evidence, Finding, Trigger};

/// How many contributors a finding shows.
const MAX_CONTRIBUTORS: usize = 3;
/// How many pieces of evidence a finding shows.
const MAX_EVIDENCE: usize = 3;
/// The longest summary of a cause, in bytes.
const MAX_SUMMARY: usize = 512;

/// Judges one symptom.
pub(super) fn finding(case: &Case<'_, '_>) -> Finding {
    let Case { scene, symptom, .. } = *case;
    let found = candidates(case);
    let (chosen, confidence) = choose(&found);
    let trigger = trigger::of(scene, symptom, chosen);
    let cause = match chosen {
        Some(candidate) => cause(scene, symptom, candidate, confidence, &trigger),
        None => unknown(scene, symptom, &found),
    };
    let behind = chosen.map(|c| chain::behind(scene, symptom, c)).unwrap_or_default();
    let beside = found
        .iter()
        .filter(|c| chosen.is_none_or(|chosen| !std::ptr::eq(chosen, *c)))
        .map(|c| contributor(scene, symptom, c));
    let contributors = behind.into_iter().chain(beside).take(MAX_CONTRIBUTORS).collect();
    let mut evidence: Vec<Evidence> = words::evidence(scene, symptom).into_iter().collect();
    evidence.extend(chosen.into_iter().flat_map(|c| c.evidence.clone()));
    evidence.truncate(MAX_EVIDENCE);
    Finding {
        symptom: words::symptom(symptom),
        remedy: chosen
            .filter(|_| cause.is_blame())
            .and_then(|c| c.remedy.clone())
            .or_else(|| remedy::delete_held(scene, symptom))
            .map(|r| line(&r, MAX_SUMMARY)),
        cause,
        trigger: Some(trigger),
        evidence,
        contributors,
        latent: false,
    }
}

/// The cause among the candidates, which come best first.
fn choose(found: &[Candidate]) -> (Option<&Candidate>, Option<Confidence>) {
    let Some(best) = found.first().filter(|c| c.proof > Proof::TimeOnly) else {
        return (None, None);
    };
    let explains = best.weight >= Weight::Explains;
    // One that explains, however it is proved, beats one that the step merely reads.
    let rival = found.iter().skip(1).find(|c| {
        let is_as_likely = c.weight >= best.weight || is_beside(best, c);
        c.proof > Proof::TimeOnly && is_as_likely && !is_earlier_step(best, c)
    });
    let confidence = match (best.proof, rival) {
        _ if best.is_doubtful => Confidence::Likely,
        (Proof::Supported, None) if explains => Confidence::Certain,
        _ if is_initial(best) => Confidence::Likely,
        // A diff that is about this very kind of failure, and no alternative to it.
        (Proof::Open, None) if best.weight == Weight::Exact => Confidence::Certain,
        _ => Confidence::Likely,
    };
    (Some(best), Some(confidence))
}

/// Another object's change that explains the failure and is proved no worse: both were new
/// to whatever fails, and nothing tells them apart.
fn is_beside(best: &Candidate, other: &Candidate) -> bool {
    other.object != best.object && other.weight >= Weight::Explains && other.proof >= best.proof
}

/// An older revision's change is the deeper story of the same lineage, no rival.
fn is_earlier_step(best: &Candidate, other: &Candidate) -> bool {
    let is_revision =
        |c: &Candidate| matches!(c.class, CauseClass::Revision | CauseClass::Rollback);
    is_revision(best) && is_revision(other) && best.proof > other.proof
}

/// A first revision: everything is new, so nothing singles it out.
fn is_initial(candidate: &Candidate) -> bool {
    candidate.class == CauseClass::Revision && candidate.changes.is_empty()
}

fn cause(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    candidate: &Candidate,
    confidence: Option<Confidence>,
    trigger: &Trigger,
) -> Cause {
    Cause {
        class: candidate.class,
        confidence,
        object: candidate.object.clone(),
        revision: candidate.revision.filter(|_| candidate.class.names_revision()),
        generation: candidate.generation,
        changes: candidate.changes.clone(),
        by: candidate.by.clone(),
        time: candidate.time.map(Into::into),
        not_before: candidate.not_before.map(Into::into),
        shared: false,
        summary: line(&words::cause(scene, symptom, candidate, trigger), MAX_SUMMARY),
    }
}

/// A cause beside the first: never Certain.
fn contributor(scene: &Scene<'_>, symptom: &Symptom<'_>, candidate: &Candidate) -> Cause {
    let confidence = if candidate.proof > Proof::TimeOnly && candidate.weight >= Weight::Explains {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    let trigger = trigger::of(scene, symptom, Some(candidate));
    Cause { changes: Vec::new(), ..cause(scene, symptom, candidate, Some(confidence), &trigger) }
}

/// The evidence ends: say what was looked at.
fn unknown(scene: &Scene<'_>, symptom: &Symptom<'_>, found: &[Candidate]) -> Cause {
    Cause {
        class: CauseClass::Unknown,
        confidence: None,
        object: None,
        revision: None,
        generation: None,
        changes: Vec::new(),
        by: None,
        time: None,
        not_before: None,
        shared: false,
        summary: line(&words::unknown(scene, symptom, found), MAX_SUMMARY),
    }
}
