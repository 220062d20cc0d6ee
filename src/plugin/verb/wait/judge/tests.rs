//! What is final, and the near misses that are not.

use super::*;
use crate::plugin::verb::wait::options::Flags;
use serde_json::json;

const BEGAN: &str = "2026-11-21T07:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn deployment() -> Value {
    json!({
        "kind": "Deployment", "apiVersion": "apps/v1",
        "metadata": { "name": "web", "generation": 2 },
        "status": { "observedGeneration": 2 },
    })
}

fn finding(reason: &str, examples: &[&str], blame: bool) -> Value {
    let mut cause = json!({ "class": "Revision", "summary": "s" });
    if blame {
        cause["confidence"] = json!("Likely");
    }
    json!({
        "symptom": {
            "reason": reason, "container": "main", "pods": 1, "examples": examples,
            "firstSeen": BEGAN, "lastSeen": BEGAN,
        },
        "cause": cause,
    })
}

fn report(verdict: &str, findings: &[Value]) -> BlameReport {
    serde_json::from_value(json!({
        "apiVersion": "kubeblame.dev/v1alpha1", "kind": "BlameReport",
        "metadata": { "name": "web" },
        "spec": { "root": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u" } },
        "status": {
            "verdict": verdict, "since": BEGAN, "summary": "it is so", "conditions": [],
            "findings": findings,
            "revisions": [{
                "revision": 2, "current": true, "podDetails": [],
                "pods": { "desired": 1, "current": 1, "ready": 0, "available": 0, "failing": 0 },
            }],
        },
    }))
    .expect("a report")
}

/// What is judged of a Deployment so many seconds after the waiting began.
fn state(object: &Value, report: &BlameReport, ends: i32, seconds: i64) -> State {
    let options = Flags::default().of(&[], None).expect("defaults");
    let began = time(BEGAN);
    standing(&Facts {
        object,
        report: Some(report),
        ends,
        is_old: &|pod| pod.starts_with("old"),
        now: began + SignedDuration::from_secs(seconds),
        began,
        options: &options,
    })
    .state
}

#[test]
fn a_container_may_end_badly_once() {
    let report = report("Failing", &[finding("CrashLoopBackOff", &["new-a"], true)]);
    assert_eq!(state(&deployment(), &report, 1, 600), State::Troubled);
    assert_eq!(state(&deployment(), &report, 2, 1), State::Failed);
}

#[test]
fn pods_that_are_being_replaced_may_fail_as_they_like() {
    let report = report("Failing", &[finding("CrashLoopBackOff", &["old-a", "old-b"], true)]);
    assert_eq!(state(&deployment(), &report, 9, 600), State::Progressing);
    let mut both = report;
    let status = both.status.as_mut().expect("a status");
    status.revisions[0].pods.failing = 1;
    // Alike in both revisions, with the older pods as examples.
    assert_eq!(state(&deployment(), &both, 9, 600), State::Failed);
}

#[test]
fn an_image_that_is_blamed_is_hopeless_and_a_registry_that_is_away_is_not() {
    let blamed = report("Failing", &[finding("ErrImagePull", &["new-a"], true)]);
    assert_eq!(state(&deployment(), &blamed, 0, 1), State::Failed);
    let away = report("Failing", &[finding("ErrImagePull", &["new-a"], false)]);
    assert_eq!(state(&deployment(), &away, 0, 59), State::Troubled);
    assert_eq!(state(&deployment(), &away, 0, 60), State::Failed);
}

#[test]
fn what_may_still_come_is_waited_for() {
    for (reason, verdict) in
        [("Unschedulable", "Stuck"), ("Unhealthy", "Failing"), ("FailedMount", "Stuck")]
    {
        let report = report(verdict, &[finding(reason, &["new-a"], true)]);
        assert_eq!(state(&deployment(), &report, 0, 3_600), State::Troubled, "{reason}");
    }
    let mut claim = finding("Unschedulable", &["new-a"], true);
    claim["symptom"]["message"] = json!("0/1 nodes: persistentvolumeclaim \"data\" not found");
    let claim = report("Stuck", &[claim]);
    assert_eq!(state(&deployment(), &claim, 0, 29), State::Troubled);
    assert_eq!(state(&deployment(), &claim, 0, 30), State::Failed);
    let missing = report("Failing", &[finding("CreateContainerConfigError", &["new-a"], true)]);
    assert_eq!(state(&deployment(), &missing, 0, 14), State::Troubled);
    assert_eq!(state(&deployment(), &missing, 0, 15), State::Failed);
}

#[test]
fn a_quota_is_final_unless_older_pods_may_free_it() {
    let mut denied = finding("FailedCreate", &[], true);
    denied["cause"]["class"] = json!("Quota");
    let mut denied = report("Stuck", &[denied]);
    assert_eq!(state(&deployment(), &denied, 0, 2), State::Troubled);
    assert_eq!(state(&deployment(), &denied, 0, 3), State::Failed);
    let status = denied.status.as_mut().expect("a status");
    let mut older = status.revisions[0].clone();
    (older.current, older.pods.current) = (false, 2);
    status.revisions.push(older);
    assert_eq!(state(&deployment(), &denied, 0, 29), State::Troubled);
    assert_eq!(state(&deployment(), &denied, 0, 30), State::Failed);
}

#[test]
fn an_edit_that_nobody_has_seen_is_not_judged() {
    let crash = report("Failing", &[finding("CrashLoopBackOff", &["new-a"], true)]);
    let well = report("Healthy", &[]);
    let mut edited = deployment();
    edited["metadata"]["generation"] = json!(3);
    assert_eq!(state(&edited, &crash, 9, 600), State::Progressing);
    assert_eq!(state(&edited, &well, 0, 600), State::Progressing);
    let new = json!({ "kind": "Deployment", "metadata": { "name": "web", "generation": 1 } });
    assert_eq!(state(&new, &well, 0, 600), State::Progressing);
}

#[test]
fn ready_is_not_healthy_before_it_has_settled() {
    let well = report("Healthy", &[]);
    assert_eq!(state(&deployment(), &well, 0, 9), State::Settling);
    assert_eq!(state(&deployment(), &well, 0, 10), State::Healthy);
    let mut empty = well;
    empty.status.as_mut().expect("a status").revisions.clear();
    assert_eq!(state(&deployment(), &empty, 0, 0), State::Healthy, "no pods, nothing to settle");
}

#[test]
fn a_controller_that_gave_up_is_believed() {
    let mut late = deployment();
    late["status"]["conditions"] = json!([
        { "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded" },
    ]);
    assert_eq!(state(&late, &report("Progressing", &[]), 0, 600), State::Failed);
    let mut job = json!({ "kind": "Job", "metadata": { "name": "once" } });
    let trying = report("Failing", &[finding("Error", &["once-a"], true)]);
    assert_eq!(state(&job, &trying, 5, 600), State::Troubled, "it tries again");
    job["status"] = json!({ "conditions": [{ "type": "FailureTarget", "status": "True" }] });
    assert_eq!(state(&job, &trying, 5, 600), State::Failed);
}

#[test]
fn a_cron_job_between_two_runs_is_not_waited_for() {
    let cron = json!({ "kind": "CronJob", "metadata": { "name": "nightly" } });
    let last_failed = report("Failing", &[finding("Error", &["a"], true)]);
    assert_eq!(state(&cron, &last_failed, 3, 1), State::Healthy);
}

#[test]
fn of_one_pod_only_its_own_troubles_count() {
    let pod = |ready: &str| {
        json!({
            "kind": "Pod", "metadata": { "name": "new-b" },
            "status": { "phase": "Running", "conditions": [
                { "type": "Ready", "status": ready, "lastTransitionTime": BEGAN } ] },
        })
    };
    let sibling = report("Failing", &[finding("CrashLoopBackOff", &["new-a"], true)]);
    assert_eq!(state(&pod("True"), &sibling, 9, 600), State::Healthy);
    assert_eq!(state(&pod("True"), &sibling, 9, 5), State::Settling);
    assert_eq!(state(&pod("False"), &sibling, 9, 600), State::Progressing);
    let own = report("Failing", &[finding("CrashLoopBackOff", &["new-b"], true)]);
    assert_eq!(state(&pod("False"), &own, 9, 600), State::Failed);
}

#[test]
fn what_somebody_holds_back_is_not_there_yet() {
    let held_by = |held_by: &str| {
        let mut report = report("Healthy", &[]);
        let edit = json!({ "changes": [], "heldBy": held_by });
        let status = report.status.as_mut().expect("a status");
        status.pending_edit = Some(serde_json::from_value(edit).expect("an edit"));
        report
    };
    let mut paused = deployment();
    paused["spec"] = json!({ "paused": true });
    assert_eq!(state(&paused, &held_by("Paused"), 0, 600), State::Progressing);
    assert_eq!(state(&paused, &report("Healthy", &[]), 0, 600), State::Healthy, "nothing to do");
    assert_eq!(state(&deployment(), &held_by("Partition"), 0, 600), State::Healthy, "as ordered");

    let job = |rest: Value| {
        let mut job = json!({ "kind": "Job", "apiVersion": "batch/v1", "metadata": {} });
        job["spec"] = json!({ "suspend": true });
        job["status"] = rest;
        job
    };
    assert_eq!(state(&job(json!({})), &report("Healthy", &[]), 0, 600), State::Progressing);
    let done = json!({ "conditions": [{ "type": "Complete", "status": "True" }] });
    assert_eq!(state(&job(done), &report("Healthy", &[]), 0, 600), State::Healthy);
}
