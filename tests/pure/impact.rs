//! What is told of a Service rests on kinds that may be read, and on nothing else.

use crate::story::{self, Story};
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph};
use kubeblame::observe::{self, KINDS};

/// The summary of a story's root when the watch of Services is in this state.
fn summary(story: &Story, services: &Freshness) -> String {
    let mut graph = Graph::new();
    for kind in KINDS {
        graph.set_freshness(kind, Freshness::Synced);
        if kind.kind == "Service" {
            graph.set_freshness(kind, services.clone());
        }
    }
    for object in story.objects() {
        graph.see(observe::read(&object.to_string()).expect("an object"), story.now);
    }
    let root = story.root_in(&graph).expect("a root");
    let judged = blame::judge(&graph, &root, story.now, None).expect("a judgement");
    judged.report.status.expect("a status").summary
}

#[test]
fn services_that_may_not_be_read_are_not_spoken_of() {
    let stories = story::all();
    let is_it = |story: &&Story| story.name == "service-left-without-endpoints";
    let story = stories.iter().find(is_it).expect("the story");
    let told = |services: &Freshness| summary(story, services).contains("has no ready endpoints");
    assert!(told(&Freshness::Synced));
    for services in [Freshness::Forbidden, Freshness::Stale, Freshness::Unsynced, Freshness::Absent]
    {
        assert!(!told(&services), "{services:?}");
    }
}
