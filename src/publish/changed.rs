//! What a new status means beside the one that stands: from nothing that a reader would miss to
//! another verdict.

use crate::report::{
    Cause, Condition, Confidence, Finding, Moment, ObjectRef, RevisionEntry, Status, Verdict,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// How a new status differs from the one that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// In nothing that a reader would miss: ages, restart counts, retry messages.
    Nothing,
    /// In counts and details.
    Details,
    /// In how current the picture is, and in nothing else.
    Freshness,
    /// In a finding, a reason or the current revision.
    Meaning,
    /// In the verdict.
    Verdict,
}

/// Compares the status that stands with a new one.
pub(super) fn difference(stands: &Status, new: &Status) -> Difference {
    if stands.verdict != new.verdict {
        Difference::Verdict
    } else if meaning(stands) != meaning(new) {
        Difference::Meaning
    } else if freshness(stands) != freshness(new) {
        Difference::Freshness
    } else if details(stands) != details(new) {
        Difference::Details
    } else {
        Difference::Nothing
    }
}

/// Whether a root is still on its way from one status to the other. What is bad is not
/// on its way because a container that dies again and again is ready in between.
pub(super) fn has_moved(before: &Status, now: &Status) -> bool {
    let is_bad = is_bad(before.verdict) && is_bad(now.verdict);
    match difference(before, now) {
        Difference::Nothing => false,
        Difference::Details if is_bad => {
            without_readiness(details(before)) != without_readiness(details(now))
        }
        _ => true,
    }
}

fn without_readiness(mut status: Status) -> Status {
    if let Some(display) = &mut status.display {
        display.ready.clear();
    }
    for revision in &mut status.revisions {
        (revision.pods.ready, revision.pods.available) = (0, 0);
    }
    status
}

/// Whether two statuses agree in what a reader sees at first sight: the columns, the
/// number of pods, the generation they speak of.
pub(super) fn has_same_counts(stands: &Status, new: &Status) -> bool {
    let counts = |status: &Status| {
        let revisions = status.revisions.iter().map(|r| (r.revision, r.pods));
        (status.display.clone(), status.root_generation, revisions.collect::<Vec<_>>())
    };
    counts(stands) == counts(new)
}

/// What must be written when it changes.
#[derive(PartialEq)]
struct Meaning<'s> {
    conditions: Vec<(&'s str, &'s str, &'s str)>,
    findings: Vec<FindingMeaning<'s>>,
    /// Of a current revision, where there is one; not every revision has a number.
    revision: (bool, Option<i64>),
}

/// Sorted, so that the order of equals says nothing.
type FindingMeaning<'s> = (
    (&'s str, Option<&'s str>, bool),
    CauseMeaning<'s>,
    Option<&'static str>,
    Vec<CauseMeaning<'s>>,
);

type CauseMeaning<'s> = (
    &'static str,
    Option<Confidence>,
    Option<Identity<'s>>,
    Option<i64>,
    Vec<(&'s str, Option<&'s str>, Option<&'s str>)>,
    Option<(Option<&'s str>, Option<&'s str>)>,
    bool,
);

type Identity<'s> = (&'s str, Option<&'s str>, Option<&'s str>, Option<&'s str>);

fn meaning(status: &Status) -> Meaning<'_> {
    let mut findings: Vec<_> = status.findings.iter().map(finding).collect();
    findings.sort();
    Meaning {
        conditions: conditions(status, |c| c.type_ != "Fresh"),
        findings,
        revision: (current(status).is_some(), current(status).and_then(|r| r.revision)),
    }
}

fn conditions(status: &Status, keep: fn(&Condition) -> bool) -> Vec<(&str, &str, &str)> {
    let kept = status.conditions.iter().filter(|c| keep(c));
    kept.map(|c| (&*c.type_, &*c.status, &*c.reason)).collect()
}

fn freshness(status: &Status) -> Vec<(&str, &str, &str)> {
    conditions(status, |c| c.type_ == "Fresh")
}

/// The revision that the root wants now.
pub(super) fn current(status: &Status) -> Option<&RevisionEntry> {
    status.revisions.iter().find(|r| r.current)
}

fn finding(finding: &Finding) -> FindingMeaning<'_> {
    let symptom = &finding.symptom;
    let mut contributors: Vec<_> = finding.contributors.iter().map(cause).collect();
    contributors.sort();
    (
        (&symptom.reason, symptom.container.as_deref(), finding.latent),
        cause(&finding.cause),
        finding.trigger.as_ref().map(|t| t.class.as_str()),
        contributors,
    )
}

fn cause(cause: &Cause) -> CauseMeaning<'_> {
    let changes = cause.changes.iter();
    (
        cause.class.as_str(),
        cause.confidence,
        cause.object.as_ref().map(identity),
        cause.revision.or(cause.generation),
        changes.map(|c| (&*c.path, c.from.as_deref(), c.to.as_deref())).collect(),
        cause.by.as_ref().map(|by| (by.manager.as_deref(), by.user.as_deref())),
        cause.shared,
    )
}

fn identity(object: &ObjectRef) -> Identity<'_> {
    (&object.kind, object.namespace.as_deref(), object.name.as_deref(), object.uid.as_deref())
}

/// The status without what changes of itself.
fn details(status: &Status) -> Status {
    let mut status = status.clone();
    let any_time = Moment::from(Timestamp::UNIX_EPOCH);
    status.since = any_time;
    status.observed_generation = None;
    status.omitted = None;
    for condition in &mut status.conditions {
        condition.message.clear();
        condition.last_transition_time = any_time;
        condition.observed_generation = None;
    }
    for finding in &mut status.findings {
        finding.symptom.message = None;
        finding.symptom.examples.clear();
        finding.symptom.first_seen = any_time;
        finding.symptom.last_seen = any_time;
        finding.evidence.clear();
    }
    for revision in &mut status.revisions {
        revision.last_healthy = None;
        revision.pod_details.clear();
    }
    status
}

/// The first field of the details that differs, for the log.
pub(super) fn first_detail(stands: &Status, new: &Status) -> Option<String> {
    let json = |status: &Status| serde_json::to_value(details(status)).unwrap_or_default();
    first_path("", &json(stands), &json(new))
}

fn first_path(path: &str, a: &Value, b: &Value) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or_default()
                };
                first_path(&format!("{path}.{key}"), &of(a), &of(b))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (a, b))| first_path(&format!("{path}[{at}]"), a, b)),
        _ => (a != b).then(|| path.to_owned()),
    }
}

/// Whether a verdict is bad news.
pub(super) fn is_bad(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Failing | Verdict::Stuck)
}

/// Carries over when each condition last changed, where it did not change now.
pub(super) fn keep_transitions(stands: Option<&Status>, new: &mut Status) {
    let stands = stands.map(|s| &*s.conditions).unwrap_or_default();
    for condition in &mut new.conditions {
        let same =
            stands.iter().find(|c| c.type_ == condition.type_ && c.status == condition.status);
        if let Some(same) = same {
            condition.last_transition_time = same.last_transition_time;
        }
    }
}
