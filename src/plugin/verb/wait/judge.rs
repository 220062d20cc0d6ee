//! How far one object is, and whether its failure is final.
//!
//! A trouble is *final* when waiting longer will not end it by itself: a container that
//! died more often than it may, an image that is not there, a refused pod. Everything
//! else may pass until the deadline: a node that is still to come, a probe that is slow.
//! Pure: the clock is given.

mod patience;
#[cfg(test)]
mod tests;

use super::options::Options;
use crate::plugin::verb::kstatus::{self, Doing};
use crate::report::{
    BlameReport, Finding, HeldBy, PendingEdit, PodDetail, RevisionEntry, Status, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use patience::{Patience, patience};
use serde_json::Value;

/// How far an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It does not exist yet.
    Absent,
    /// It is on its way.
    Progressing,
    /// Something is wrong that may pass.
    Troubled,
    /// It is ready, and is watched for a while longer.
    Settling,
    /// It is as it is to be.
    Healthy,
    /// It will not get there by itself.
    Failed,
}

impl State {
    /// The word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Absent => "Absent",
            Self::Progressing => "Progressing",
            Self::Troubled => "Troubled",
            Self::Settling => "Settling",
            Self::Healthy => "Healthy",
            Self::Failed => "Failed",
        }
    }
}

/// How far an object is, in words too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: State,
    /// Ready of desired pods, where it has any.
    pub(super) ready: Option<String>,
    pub(super) what: String,
}

impl Standing {
    pub(super) fn new(state: State, what: impl Into<String>) -> Self {
        Self { state, ready: None, what: what.into() }
    }
}

/// What is known of one object.
pub(super) struct Facts<'f> {
    pub(super) object: &'f Value,
    /// The judgement of its pods, where it makes any.
    pub(super) report: Option<&'f BlameReport>,
    /// How often the worst container of its current revision ended badly since it was well.
    pub(super) ends: i32,
    /// Whether a pod of this name is of an older revision.
    pub(super) is_old: &'f dyn Fn(&str) -> bool,
    /// The cluster's clock.
    pub(super) now: Timestamp,
    /// When the waiting began, by the same clock.
    pub(super) began: Timestamp,
    pub(super) options: &'f Options,
}

/// Kinds of which a report says all.
const JUDGED: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
];

/// Whether the core judges objects of this kind by their pods alone.
pub(super) fn is_judged(kind: &str, group: &str) -> bool {
    JUDGED.contains(&kind) && matches!(group, "" | "apps" | "batch")
}

/// How far it is.
pub(super) fn standing(facts: &Facts<'_>) -> Standing {
    let status = facts.report.and_then(|report| report.status.as_ref());
    let kind = text(facts.object, "/kind");
    let Some(status) = status else { return by_conventions(facts) };
    let root = facts.report.map_or("", |report| &*report.spec.root.kind);
    if kind == "Pod" && root != "Pod" {
        return by_pod(facts, status);
    }
    let mut standing = if JUDGED.contains(&kind) {
        by_report(facts, kind, status)
    } else {
        by_both(facts, kind, status)
    };
    let ready = status.display.as_ref().map(|d| d.ready.clone()).filter(|r| !r.is_empty());
    standing.ready = ready.filter(|_| !matches!(kind, "Job" | "CronJob" | "Pod"));
    standing
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A kind that has no pods of its own.
fn by_conventions(facts: &Facts<'_>) -> Standing {
    match kstatus::of(facts.object) {
        Doing::Well(words) => Standing::new(State::Healthy, words),
        Doing::Going(words) => Standing::new(State::Progressing, words),
        Doing::Failed(words) => Standing::new(State::Failed, words),
        // Nobody may ever speak of it; a controller that does is given a moment.
        Doing::Silent if facts.now.duration_since(facts.began) >= facts.options.settle => {
            Standing::new(State::Healthy, "exists, and has no status")
        }
        Doing::Silent => Standing::new(State::Settling, "has no status yet"),
    }
}

/// A custom kind that makes pods: both its own status and its pods have to be well.
fn by_both(facts: &Facts<'_>, kind: &str, status: &Status) -> Standing {
    let own = by_conventions(facts);
    let pods = by_report(facts, kind, status);
    match (own.state, pods.state) {
        (State::Failed, _) => own,
        (_, State::Failed | State::Troubled) => pods,
        (State::Healthy, _) => pods,
        _ => own,
    }
}

fn by_report(facts: &Facts<'_>, kind: &str, status: &Status) -> Standing {
    if kstatus::is_going(facts.object) {
        return Standing::new(State::Progressing, "is being deleted");
    }
    if is_unseen(facts.object, kind) {
        return Standing::new(
            State::Progressing,
            "its controller has not seen the newest edit yet",
        );
    }
    if let Some(words) = has_ended_badly(facts.object, kind) {
        return Standing::new(State::Failed, best_words(status).unwrap_or(words));
    }
    if let Some(words) = waits_for_somebody(facts.object, kind, status) {
        return Standing::new(State::Progressing, words);
    }
    match status.verdict {
        Verdict::Healthy => settle(facts, kind, status),
        // Between two runs there is nothing to wait for, and the last one is not of this rollout.
        _ if kind == "CronJob" => Standing::new(State::Healthy, &*status.summary),
        Verdict::Failing | Verdict::Stuck => trouble(facts, kind, status),
        Verdict::Progressing | Verdict::Unknown => {
            Standing::new(State::Progressing, &*status.summary)
        }
    }
}

/// A workload whose controller has said nothing yet has seen nothing yet.
fn is_unseen(object: &Value, kind: &str) -> bool {
    let says = object.pointer("/status/observedGeneration").is_some();
    let must = matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
    if must && !says { true } else { !kstatus::is_seen(object) }
}

/// What the kind's own controller gave up.
pub(super) fn has_ended_badly(object: &Value, kind: &str) -> Option<String> {
    match kind {
        "Job" => ["Failed", "FailureTarget"].into_iter().find_map(|type_| {
            kstatus::condition(object, type_).filter(|(is, _)| *is == "True").map(|(_, w)| w)
        }),
        "Pod" => (text(object, "/status/phase") == "Failed").then(|| "the pod failed".to_owned()),
        "Deployment" => kstatus::condition(object, "Progressing")
            .filter(|(is, words)| *is == "False" && words.starts_with("ProgressDeadlineExceeded"))
            .map(|(_, words)| words),
        _ => None,
    }
}

/// What is well as it stands, but not what was asked for until somebody lets it go on. An edit
/// that a partition or `OnDelete` holds back is no such thing: that is the rollout as ordered.
fn waits_for_somebody(object: &Value, kind: &str, status: &Status) -> Option<&'static str> {
    let is_set = |pointer: &str| object.pointer(pointer) == Some(&Value::Bool(true));
    match kind {
        "Deployment" if is_set("/spec/paused") => {
            let is_held = |edit: &PendingEdit| edit.held_by == HeldBy::Paused;
            let has_run = !status.revisions.is_empty();
            (!has_run || status.pending_edit.as_ref().is_some_and(is_held)).then_some(
                "is paused, and its newest template not rolled out: kubectl rollout resume goes on",
            )
        }
        "Job" if is_set("/spec/suspend") => {
            let is_done =
                kstatus::condition(object, "Complete").is_some_and(|(is, _)| is == "True");
            (!is_done).then_some("is suspended: nothing runs until spec.suspend is false")
        }
        _ => None,
    }
}

/// The judgement's own sentence, where it found something.
fn best_words(status: &Status) -> Option<String> {
    status.findings.first().map(|_| status.summary.clone())
}

/// Ready is not enough: a container without a probe is ready as soon as it runs.
fn settle(facts: &Facts<'_>, kind: &str, status: &Status) -> Standing {
    let held = status
        .pending_edit
        .as_ref()
        .map(|edit| format!("well, but an edit is held back ({})", edit.held_by));
    let what = held.unwrap_or_else(|| status.summary.clone());
    // What has ended well, or has no pods, cannot fall ill again.
    let has_ended = matches!(kind, "Job" | "CronJob")
        || kind == "Pod" && text(facts.object, "/status/phase") == "Succeeded"
        || status.revisions.iter().all(|revision| revision.pods.current == 0);
    if has_ended {
        return Standing::new(State::Healthy, what);
    }
    settled(facts, status.since.timestamp(), &what)
}

fn trouble(facts: &Facts<'_>, kind: &str, status: &Status) -> Standing {
    let now = of_current(facts, status);
    // A StatefulSet does not replace a pod that is not ready, whatever its template.
    let mut held = status.findings.iter().filter_map(|finding| finding.remedy.as_deref());
    if let (true, Some(remedy)) = (now.is_empty(), held.find(|r| is_deletion(r))) {
        return Standing::new(State::Troubled, format!("older pods stand in its way: {remedy}"));
    }
    if now.is_empty() && !status.findings.is_empty() {
        let what = format!("older pods fail meanwhile: {}", status.summary);
        return Standing::new(State::Progressing, what);
    }
    // A Job tries again by itself, and says when it gives up.
    let is_final = kind != "Job" && now.iter().any(|finding| is_final(finding, status, facts));
    let state = if is_final { State::Failed } else { State::Troubled };
    Standing::new(state, &*status.summary)
}

/// Whether a remedy is to delete pods, which their controller keeps.
fn is_deletion(remedy: &str) -> bool {
    remedy.starts_with("kubectl delete pod ")
}

/// The findings about the revision that is waited for.
fn of_current<'s>(facts: &Facts<'_>, status: &'s Status) -> Vec<&'s Finding> {
    let not_latent = || status.findings.iter().filter(|finding| !finding.latent);
    let is_of_current = |finding: &&Finding| {
        let examples = &finding.symptom.examples;
        examples.is_empty() || !examples.iter().all(|pod| (facts.is_old)(pod))
    };
    let now: Vec<&Finding> = not_latent().filter(is_of_current).collect();
    let fails = status.revisions.iter().any(|r| r.current && r.pods.failing > 0);
    // Pods of two revisions may fail alike, and the older ones be the examples.
    if now.is_empty() && fails { not_latent().collect() } else { now }
}

/// One pod of a workload: how the others are does not matter.
fn by_pod(facts: &Facts<'_>, status: &Status) -> Standing {
    if kstatus::is_going(facts.object) {
        return Standing::new(State::Progressing, "is being deleted");
    }
    let name = text(facts.object, "/metadata/name");
    match text(facts.object, "/status/phase") {
        "Succeeded" => return Standing::new(State::Healthy, "has completed"),
        "Failed" => return Standing::new(State::Failed, "has failed"),
        _ => {}
    }
    let details =
        status.revisions.iter().flat_map(|revision: &RevisionEntry| &revision.pod_details);
    let detail: Option<&PodDetail> = details.into_iter().find(|detail| detail.name == name);
    let shows = |finding: &&Finding| {
        let symptom = &finding.symptom;
        symptom.examples.iter().any(|example| example == name)
            || detail.is_some_and(|detail| {
                detail.containers.iter().any(|container| {
                    Some(&container.name) == symptom.container.as_ref()
                        && container.reason.as_ref() == Some(&symptom.reason)
                })
            })
    };
    let own: Vec<&Finding> = status.findings.iter().filter(shows).collect();
    if !own.is_empty() {
        let is_final = own.iter().any(|finding| is_final(finding, status, facts));
        let state = if is_final { State::Failed } else { State::Troubled };
        return Standing::new(state, &*status.summary);
    }
    let conditions = facts.object.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|c| c["type"] == "Ready");
    let since = ready.filter(|c| c["status"] == "True").map(|c| c["lastTransitionTime"].as_str());
    match since {
        None => Standing::new(State::Progressing, "is not ready yet"),
        Some(since) => {
            let since = since.and_then(|at| at.parse().ok()).unwrap_or(facts.began);
            settled(facts, since, "is ready")
        }
    }
}

/// What is ready is healthy once it has been for long enough.
fn settled(facts: &Facts<'_>, since: Timestamp, what: &str) -> Standing {
    let until = since + facts.options.settle;
    if facts.now >= until {
        return Standing::new(State::Healthy, what);
    }
    let left = until.duration_since(facts.now).as_secs().max(0) + 1;
    Standing::new(State::Settling, format!("ready; watched for {left}s more"))
}

fn is_final(finding: &Finding, status: &Status, facts: &Facts<'_>) -> bool {
    match patience(finding, status) {
        Patience::Ends => facts.ends > facts.options.allowed_failures,
        // What was wrong before anyone waited may have been mended a moment ago.
        Patience::Seconds(seconds) => {
            let from = finding.symptom.first_seen.timestamp().max(facts.began);
            let is_at_once = seconds == 0;
            is_at_once || facts.now >= from + SignedDuration::from_secs(seconds)
        }
        Patience::Deadline => false,
    }
}
