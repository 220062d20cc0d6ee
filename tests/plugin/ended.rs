//! Jobs that are removed once they have ended, as `ttlSecondsAfterFinished` has it.

use super::running::Running;
use super::server::Server;
use super::shop::{EVENTS, PODS};
use serde_json::{Value, json};

const JOBS: &str = "/apis/batch/v1/namespaces/shop/jobs";

fn event(reason: &str, type_: &str, at: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "type": type_, "reason": reason, "message": "so it is",
        "metadata": { "name": format!("migrate.{reason}"), "namespace": "shop", "uid": reason },
        "involvedObject": { "kind": "Job", "name": "migrate", "namespace": "shop", "uid": "uid-job" },
        "firstTimestamp": at, "lastTimestamp": at,
    })
}

/// Exit code and everything that was said by a wait for a Job that is not there.
fn waited(name: &str, events: &[Value], timeout: &str) -> (Option<i32>, String) {
    let server = Server::new(name);
    server.list(JOBS, &[]);
    server.list(EVENTS, events);
    let output = server.blame(&["wait", "job/migrate", "--timeout", timeout]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_job_that_is_gone_is_well_where_its_events_say_so() {
    let events = [event("Completed", "Normal", "2026-11-21T07:03:40Z")];
    let (code, said) = waited("ended-well", &events, "30s");
    assert_eq!(code, Some(0), "{said}");
    // Whoever waits before the apply has that long to make the next one.
    assert!(said.contains("has ended well, and is gone, as its Events say; watched"), "{said}");
}

#[test]
fn a_job_that_is_gone_has_failed_where_its_events_say_so() {
    let events = [event("BackoffLimitExceeded", "Warning", "2026-11-21T07:03:40Z")];
    let (code, said) = waited("ended-badly", &events, "30s");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("failed, and is gone: BackoffLimitExceeded: so it is"), "{said}");
}

#[test]
fn a_job_of_the_last_deployment_is_none_of_this_one() {
    let events = [event("Completed", "Normal", "2026-11-21T06:50:00Z")];
    let (code, said) = waited("ended-before", &events, "12s");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("does not exist yet"), "{said}");
}

fn job(condition: Option<&str>) -> Value {
    let conditions = condition.map(|type_| {
        json!({ "type": type_, "status": "True", "reason": "BackoffLimitExceeded",
            "message": "no more", "lastTransitionTime": "2026-11-21T07:03:43Z" })
    });
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": { "name": "migrate", "namespace": "shop", "uid": "uid-job", "generation": 1,
            "creationTimestamp": "2026-11-21T07:03:40Z" },
        "spec": { "selector": { "matchLabels": { "job-name": "migrate" } },
            "template": { "metadata": { "labels": { "job-name": "migrate" } },
                "spec": { "containers": [{ "name": "main", "image": "shop/web:v1" }] } } },
        "status": { "conditions": conditions.into_iter().collect::<Vec<_>>() },
    })
}

/// What a wait says of a Job that runs first, then stands so, and is removed at once.
fn removed(name: &str, last: Option<&str>) -> (Option<i32>, String) {
    let server = Server::new(name);
    server.list(PODS, &[]);
    server.list(EVENTS, &[]);
    server.list(JOBS, &[job(None)]);
    let wait = ["wait", "job/migrate", "--timeout", "8s"];
    let child = Running::new(&server, &wait);
    server.until_asked(|asked| asked.iter().any(|a| a.contains("/jobs?") && a.contains("watch=")));
    server.list(JOBS, &[job(last)]);
    server.list(JOBS, &[]);
    let (code, answer, said) = child.ended();
    (code, answer + &said)
}

#[test]
fn a_job_that_is_removed_meanwhile_has_ended_as_it_last_stood() {
    let (code, said) = removed("removed-well", Some("Complete"));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = removed("removed-badly", Some("Failed"));
    assert_eq!(code, Some(2), "{said}");
    // Deleted while it ran: nobody knows.
    let (code, said) = removed("removed-early", None);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("was deleted"), "{said}");
}
