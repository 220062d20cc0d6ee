//! The order in which the kinds' watches deliver does not show in the answer.
//!
//! Each story is replayed in seeded shuffles (what bears one name stays in order),
//! with duplicates, as after a re-list, and without its Events. The first three must
//! give the very same bytes; without Events the answer may be weaker, but it may not
//! become another blame.

use crate::story::json::text;
use crate::story::{self, Entry, Mode, Story, check};
use jiff::{SignedDuration, Timestamp};
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph};
use kubeblame::observe::{self, KINDS};
use serde_json::{Value, json};

/// A small generator: the same numbers for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }
}

const SEEDS: u64 = 4;

fn uid(entry: &Entry) -> &Value {
    &entry.object["metadata"]["uid"]
}

/// What a watch keeps in order: an object of a name, and the one that is made again under it.
fn name(entry: &Entry) -> [&Value; 3] {
    let meta = &entry.object["metadata"];
    [&entry.object["kind"], &meta["namespace"], &meta["name"]]
}

/// Another interleaving: only the versions under one name keep their order.
pub(crate) fn interleave(entries: &[Entry], random: &mut Random) -> Vec<Entry> {
    let mut queues: Vec<Vec<Entry>> = Vec::new();
    for entry in entries {
        match queues.iter_mut().find(|queue| name(&queue[0]) == name(entry)) {
            Some(queue) => queue.push(entry.clone()),
            None => queues.push(vec![entry.clone()]),
        }
    }
    for queue in &mut queues {
        queue.reverse();
    }
    let mut out = Vec::new();
    while !queues.is_empty() {
        let at = random.below(queues.len());
        match queues[at].pop() {
            Some(entry) => out.push(entry),
            None => drop(queues.swap_remove(at)),
        }
    }
    out
}

/// Some events are delivered twice, one after the other or after a reconnection.
fn duplicate(entries: &[Entry], random: &mut Random) -> Vec<Entry> {
    let twice = |entry: &Entry| {
        let again = random.below(3) == 0;
        std::iter::once(entry.clone()).chain(again.then(|| entry.clone()))
    };
    entries.iter().flat_map(twice).collect()
}

/// A re-list delivers the newest version of everything once more.
fn list_again(entries: &[Entry]) -> Vec<Entry> {
    let mut all = entries.to_vec();
    let is_last =
        |at: usize| !entries[at + 1..].iter().any(|later| uid(later) == uid(&entries[at]));
    let end = entries.last().map(|e| e.at);
    for (at, entry) in entries.iter().enumerate().filter(|(at, _)| is_last(*at)) {
        if entry.change != "DELETED" {
            all.push(Entry { change: "ADDED", at: end.unwrap_or(entries[at].at), ..entry.clone() });
        }
    }
    all
}

fn without_events(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|e| e.object["kind"] != "Event").cloned().collect()
}

/// The text of these events in a mode: for a dump the last version of what still exists.
fn written(story: &Story, mode: Mode, entries: Vec<Entry>) -> String {
    match mode {
        Mode::Watch => story::lines(&entries),
        Mode::Dump => {
            let items = Story { entries, ..story.clone() }.objects();
            json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
        }
    }
}

fn status(story: &Story, mode: Mode, entries: Vec<Entry>) -> String {
    let report = story.answer(&written(story, mode, entries));
    serde_json::to_string(&report.status).expect("writable")
}

#[test]
fn the_interleaving_does_not_show() {
    for story in story::all() {
        for mode in story.modes() {
            let expected = status(story, *mode, story.entries.clone());
            for seed in 0..SEEDS {
                let mut random = Random(seed);
                let shuffled = interleave(&story.entries, &mut random);
                assert_eq!(
                    status(story, *mode, shuffled.clone()),
                    expected,
                    "{} {mode:?}, interleaving {seed}",
                    story.name
                );
                let twice = duplicate(&shuffled, &mut random);
                assert_eq!(
                    status(story, *mode, twice),
                    expected,
                    "{} {mode:?}, duplicates {seed}",
                    story.name
                );
            }
        }
    }
}

/// What the controller would say that saw these events, in this order.
fn live(story: &Story, entries: &[Entry]) -> String {
    at_moment(story, entries, story.now).expect("a root")
}

/// What it would have said at a moment; nothing before it saw the root.
fn at_moment(story: &Story, entries: &[Entry], now: Timestamp) -> Option<String> {
    let mut graph = Graph::new();
    for kind in KINDS {
        graph.set_freshness(kind, Freshness::Synced);
    }
    for entry in entries {
        let observed = observe::read(&entry.object.to_string()).expect("an object");
        if entry.change == "DELETED" {
            graph.gone(observed, entry.at);
        } else {
            graph.see(observed, entry.at);
        }
    }
    let judgement = blame::judge(&graph, &story.root_in(&graph)?, now, None)?;
    Some(serde_json::to_string(&judgement.report.status).expect("writable"))
}

/// A live controller answers after every event, and while nothing happens.
#[test]
fn at_no_moment_is_an_innocent_blamed() {
    let mut blamed = Vec::new();
    for story in story::all().iter().filter(|s| s.is_stream) {
        for (at, entry) in story.entries.iter().enumerate() {
            let next = story.entries.get(at + 1).map_or(story.now, |next| next.at);
            for now in [entry.at, next.max(entry.at)] {
                let Some(said) = at_moment(story, &story.entries[..=at], now) else { continue };
                let said: Value = serde_json::from_str(&said).expect("a status");
                let faults = check::of_innocents(&story.expect, &said);
                blamed.extend(faults.into_iter().map(|f| format!("{} at {now}: {f}", story.name)));
            }
        }
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
}

#[test]
fn the_interleaving_of_live_watches_does_not_show() {
    for story in story::all() {
        let expected = live(story, &story.entries);
        for seed in 0..SEEDS {
            let mut random = Random(seed);
            let shuffled = duplicate(&interleave(&story.entries, &mut random), &mut random);
            assert_eq!(live(story, &shuffled), expected, "{}, interleaving {seed}", story.name);
        }
    }
}

#[test]
fn a_list_again_does_not_show() {
    for story in story::all().iter().filter(|s| s.is_stream) {
        let expected = status(story, Mode::Watch, story.entries.clone());
        assert_eq!(
            status(story, Mode::Watch, list_again(&story.entries)),
            expected,
            "{}",
            story.name
        );
    }
}

/// What is blamed with Certain or Likely: symptom's place, class, object, revision.
fn blames(status: &str) -> Vec<String> {
    let status: Value = serde_json::from_str(status).expect("a status");
    let findings = status["findings"].as_array().cloned().unwrap_or_default();
    let sure = |f: &&Value| matches!(text(f, "cause.confidence"), Some("Certain" | "Likely"));
    let brief = |f: &Value| {
        let c = &f["cause"];
        format!(
            "{} {} {} {}",
            f["symptom"]["container"], c["class"], c["object"]["name"], c["revision"]
        )
    };
    findings.iter().filter(sure).map(brief).collect()
}

#[test]
fn without_events_nothing_else_is_blamed() {
    for story in story::all() {
        for mode in story.modes() {
            let known = blames(&status(story, *mode, story.entries.clone()));
            let left = blames(&status(story, *mode, without_events(&story.entries)));
            for blame in left {
                // Without the event that names it the object of the same cause is lost.
                let is_weaker =
                    |k: &String| class_of(k) == class_of(&blame) && blame.ends_with(" null null");
                assert!(
                    known.contains(&blame) || known.iter().any(is_weaker),
                    "{} {mode:?}: without Events {blame}, with them {known:?}",
                    story.name
                );
            }
        }
    }
}

/// What can break the others, but is no part of the chain.
const INPUTS: &[&str] = &[
    "ConfigMap",
    "Secret",
    "Node",
    "Namespace",
    "ResourceQuota",
    "LimitRange",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "ServiceAccount",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
];

/// Who may not read a kind knows less; that is no reason to blame somebody else.
#[test]
fn without_an_input_nothing_else_is_blamed() {
    let mut others = Vec::new();
    for story in story::all() {
        for mode in story.modes() {
            let known = blames(&status(story, *mode, story.entries.clone()));
            for input in INPUTS {
                let is_other = |e: &&Entry| e.object["kind"] != *input;
                let rest: Vec<Entry> = story.entries.iter().filter(is_other).cloned().collect();
                if rest.len() == story.entries.len() {
                    continue;
                }
                for blame in blames(&status(story, *mode, rest)) {
                    let is_known = known.iter().any(|k| class_of(k) == class_of(&blame));
                    if !is_known {
                        let name = &story.name;
                        others.push(format!(
                            "{name} {mode:?}: without {input} {blame}, with it {known:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

/// Container and class of a blame: without the object itself its name may be lost.
fn class_of(blame: &str) -> Vec<&str> {
    blame.split(' ').take(2).collect()
}

/// Moves every time in a value.
fn shift(value: &mut Value, by: SignedDuration) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Object(map) => map.values_mut().for_each(|item| shift(item, by)),
        Value::String(text) => {
            if let Ok(time) = text.parse::<Timestamp>() {
                *text = (time + by).to_string();
            }
        }
        _ => {}
    }
}

/// A kubelet's clock differs from the API server's by a second.
#[test]
fn another_clock_on_the_nodes_blames_nobody_else() {
    let mut others = Vec::new();
    for story in story::all() {
        for (mode, seconds) in story.modes().iter().flat_map(|m| [(*m, 1), (*m, -1)]) {
            let known = blames(&status(story, mode, story.entries.clone()));
            let mut entries = story.entries.clone();
            for entry in entries.iter_mut().filter(|e| e.object["kind"] == "Pod") {
                shift(&mut entry.object["status"], SignedDuration::from_secs(seconds));
            }
            let skewed = blames(&status(story, mode, entries));
            for blame in skewed.iter().filter(|b| !known.contains(b)) {
                others
                    .push(format!("{} {mode:?} {seconds} s: {blame}, else {known:?}", story.name));
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

/// What the cluster itself names.
const SAID: &[&str] = &[
    "\"Scheduling\"",
    "\"ConfigChange\"",
    "\"Dependency\"",
    "\"LimitRange\"",
    "\"Quota\"",
    "\"AdmissionPolicy\"",
    "\"Volume\"",
];

/// A dump that lacks a revision and its pods knows less, and blames nobody else. What
/// the cluster itself says still holds: no node fits, an object does not exist, a rule refuses.
#[test]
fn without_a_revision_nothing_else_is_blamed() {
    let mut others = Vec::new();
    let name = |e: &Entry| text(&e.object, "metadata.name").unwrap_or_default().to_owned();
    let carries =
        |e: &&Entry| matches!(text(&e.object, "kind"), Some("ReplicaSet" | "ControllerRevision"));
    for story in story::all() {
        let known = blames(&status(story, Mode::Dump, story.entries.clone()));
        let lost = story.entries.iter().filter(carries).map(name);
        for lost in lost.filter(|name| *name != story.root.1) {
            let hash = lost.rsplit('-').next().unwrap_or(&lost).to_owned();
            let is_of = |e: &&Entry| {
                let label = e.object["metadata"]["labels"]["controller-revision-hash"].as_str();
                !(name(e).starts_with(&lost) || label.is_some_and(|l| l.ends_with(&hash)))
            };
            let rest: Vec<Entry> = story.entries.iter().filter(is_of).cloned().collect();
            for blame in blames(&status(story, Mode::Dump, rest)) {
                let is_said = SAID.contains(&class_of(&blame)[1]);
                if !is_said && !known.contains(&blame) {
                    others.push(format!("{} without {lost}: {blame}, else {known:?}", story.name));
                }
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}
