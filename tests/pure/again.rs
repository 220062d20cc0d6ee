//! Killed and started again, the controller says the same.
//!
//! What Kubernetes forgets stands in the report. Each recording is judged as it was
//! watched; then only its end is listed, with that report as the memory.

use crate::story::{self, Mode, Story, check};
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph};
use kubeblame::observe::{self, KINDS};
use kubeblame::report::Status;
use serde_json::{Value, json};

/// What the story's end says to a controller that remembers `memory`.
fn started_again(story: &Story, memory: &Status) -> Status {
    let mut graph = Graph::new();
    for kind in KINDS {
        graph.set_freshness(kind, Freshness::Synced);
    }
    for object in story.objects() {
        graph.see(observe::read(&object.to_string()).expect("an object"), story.now);
    }
    let root = story.root_in(&graph).expect("a root");
    let judged = blame::judge(&graph, &root, story.now, Some(memory)).expect("a judgement");
    judged.report.status.expect("a status")
}

fn revisions(status: &Status) -> Vec<Value> {
    let of = |r: &kubeblame::report::RevisionEntry| {
        let pods: Vec<Value> =
            r.pod_details.iter().map(|p| json!([p.name, p.created_under])).collect();
        json!({ "revision": r.revision, "by": r.by, "lastHealthy": r.last_healthy, "pods": pods })
    };
    status.revisions.iter().map(of).collect()
}

#[test]
fn what_was_known_of_revisions_is_known_again() {
    let mut faults = Vec::new();
    for story in story::all().iter().filter(|s| s.is_stream) {
        let before = story.ask(Mode::Watch).status.expect("a status");
        let after = started_again(story, &before);
        for (was, is) in revisions(&before).iter().zip(&revisions(&after)) {
            for key in ["by", "lastHealthy", "pods"] {
                if !was[key].is_null() && was[key] != is[key] && !is_later(&was[key], &is[key]) {
                    faults.push(format!("{}: {key} of {} is {}", story.name, was, is[key]));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A pod that is well now proves more than what is remembered.
fn is_later(was: &Value, is: &Value) -> bool {
    match (was.as_str(), is.as_str()) {
        (Some(was), Some(is)) => is > was,
        _ => false,
    }
}

#[test]
fn nobody_else_is_blamed() {
    let mut faults = Vec::new();
    for story in story::all().iter().filter(|s| s.is_stream) {
        let before = story.ask(Mode::Watch).status.expect("a status");
        let after = serde_json::to_value(started_again(story, &before)).expect("a value");
        let found = check::of_innocents(&story.expect, &after);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", story.name)));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
