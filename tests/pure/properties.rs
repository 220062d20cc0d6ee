//! What holds for any objects whatever, however odd.
//!
//! The objects are those of the stories, so that they hang together, and then they
//! are mutilated: fields lost, of another type, huge, in other scripts, owners in
//! cycles. Every place that may hold a secret bears a canary, which no report may show.

use crate::story::json::{self, text};
use crate::story::{self, Entry};
use jiff::Timestamp;
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph};
use kubeblame::observe::{self, KINDS, Uid, line};
use kubeblame::report::{MAX_STATUS_BYTES, Status};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What no report may show.
const CANARY: &str = "CANARY-7f3a";
/// What a message may bring along, and no report may pass on.
const ESCAPE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\r\n";

/// What makes it an object at all; the API server has none without.
const IDENTITY: &[&str] = &["/kind", "/apiVersion", "/metadata", "/metadata/name"];

/// One change for the worse.
#[derive(Clone, Debug)]
struct Blow {
    object: Index,
    field: Index,
    with: Value,
}

/// Values of every type, among them those that break careless readers.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        "\\PC{0,24}".prop_map(Value::from),
        Just(json!("")),
        Just(json!("2026-11-21T12:00:00Z")),
        Just(json!("0001-01-01T00:00:00Z")),
        Just(json!("9999-12-31T23:59:59.999999999Z")),
        Just(json!("x".repeat(40_000))),
        Just(json!("\u{1F9E8}".repeat(300))),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, 1, "a", {}, []])),
        Just(json!({ "name": null, "": { "": [] } })),
    ]
}

fn blows() -> impl Strategy<Value = Vec<Blow>> {
    let blow = (any::<Index>(), any::<Index>(), odd()).prop_map(|(object, field, with)| Blow {
        object,
        field,
        with,
    });
    prop::collection::vec(blow, 0..12)
}

/// Plants the canary wherever a value may be secret, and escapes wherever the cluster speaks.
fn plant(value: &mut Value, key: &str, salt: usize) {
    let secret = || format!("{CANARY}-{salt}");
    match value {
        Value::Object(map) if matches!(key, "data" | "stringData" | "binaryData") => {
            for value in map.values_mut().filter(|v| v.is_string()) {
                *value = secret().into();
            }
            // A ControllerRevision's template is in its data.
            map.iter_mut().for_each(|(key, value)| plant(value, key, salt));
        }
        Value::Object(map) => {
            if key == "metadata" || key == "template" && map.contains_key("metadata") {
                let meta = if key == "metadata" {
                    Some(&mut *map)
                } else {
                    map.get_mut("metadata").and_then(Value::as_object_mut)
                };
                if let Some(notes) = meta.and_then(|m| {
                    m.entry("annotations").or_insert_with(|| json!({})).as_object_mut()
                }) {
                    notes.insert("example.com/note".into(), secret().into());
                    notes.insert(
                        "kubectl.kubernetes.io/last-applied-configuration".into(),
                        secret().into(),
                    );
                }
            }
            map.iter_mut().for_each(|(key, value)| plant(value, key, salt));
        }
        Value::Array(items) if matches!(key, "args" | "command") => items.push(secret().into()),
        Value::Array(items) => {
            if matches!(key, "containers" | "initContainers") {
                for container in items.iter_mut().filter_map(Value::as_object_mut) {
                    let has_image = container.contains_key("image");
                    let env = container.entry("env").or_insert_with(|| json!([]));
                    if let Some(env) = env.as_array_mut().filter(|_| has_image) {
                        env.push(json!({ "name": "TOKEN", "value": secret() }));
                    }
                }
            }
            for item in items {
                plant(item, key, salt);
            }
        }
        Value::String(text) if matches!(key, "message" | "reason") => text.push_str(ESCAPE),
        _ => {}
    }
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    let step = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            out.push(step(key));
            places(value, &step(key), out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| {
            out.push(step(&i.to_string()));
            places(value, &step(&i.to_string()), out);
        }),
        _ => {}
    }
}

/// Strikes a field, and says which.
fn strike(entries: &mut [Entry], blow: &Blow) -> String {
    let entry = &mut entries[blow.object.index(entries.len())].object;
    let mut all = Vec::new();
    places(entry, "", &mut all);
    let place = &all[blow.field.index(all.len())];
    let name = format!("{}{place} = {}", entry["kind"], line(&blow.with.to_string(), 60));
    if !IDENTITY.contains(&place.as_str())
        && let Some(target) = entry.pointer_mut(place)
    {
        *target = blow.with.clone();
    }
    name
}

/// Owners that own one another.
fn entangle(entries: &mut [Entry]) {
    let uids: Vec<Value> = entries.iter().map(|e| e.object["metadata"]["uid"].clone()).collect();
    let count = entries.len();
    for (at, entry) in entries.iter_mut().enumerate() {
        let next = (at + 1) % count;
        if let Some(owners) =
            entry.object["metadata"].get_mut("ownerReferences").and_then(Value::as_array_mut)
            && let Some(owner) = owners.first_mut()
            && let Some(owner) = owner.as_object_mut()
        {
            owner.insert("uid".into(), uids[next].clone());
        }
    }
}

/// What is said of every object that may be a root.
fn reports(entries: &[Entry], now: Timestamp) -> Vec<Status> {
    let mut graph = Graph::new();
    for kind in KINDS {
        graph.set_freshness(kind, Freshness::Synced);
    }
    for entry in entries {
        // That every object is read has its own test.
        let Ok(observed) = observe::read(&entry.object.to_string()) else { continue };
        match entry.change {
            "DELETED" => graph.gone(observed, entry.at),
            _ => graph.see(observed, entry.at),
        };
    }
    let roots: BTreeSet<Uid> = graph
        .objects()
        .filter(|o| !matches!(o.kind(), "Event" | "ConfigMap" | "Node"))
        .map(|o| o.meta.uid.clone())
        .collect();
    let judge = |root| blame::judge(&graph, root, now, None)?.report.status;
    roots.iter().filter_map(judge).collect()
}

fn holds(status: &Status) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(status).expect("writable");
    prop_assert!(text.len() <= MAX_STATUS_BYTES, "{} bytes", text.len());
    prop_assert!(!text.contains(CANARY), "shows a hidden value: {text}");
    for hidden in ["\\u001b", "\\u0007", "\u{202e}"] {
        prop_assert!(!text.contains(hidden), "passes on {hidden:?}: {text}");
    }
    let value: Value = serde_json::from_str(&text).expect("readable");
    let is_well = value["verdict"] == "Healthy";
    prop_assert!(!is_well || value.get("findings").is_none(), "Healthy with findings: {text}");
    for finding in json::list(&value, "findings") {
        let cause = &finding["cause"];
        let confidence = self::text(cause, "confidence");
        prop_assert_eq!(cause["class"] == "Unknown", confidence.is_none(), "{}", cause);
        let is_blame = matches!(confidence, Some("Certain" | "Likely"));
        prop_assert!(
            !is_blame || !json::list(finding, "evidence").is_empty(),
            "no evidence: {}",
            finding
        );
        // An injector may be proved and yet have no name; what is outside has no object.
        let is_nameless = matches!(self::text(cause, "class"), Some("External" | "Injector"));
        prop_assert!(
            !is_blame || is_nameless || cause.get("object").is_some(),
            "of nothing: {}",
            cause
        );
        for beside in json::list(finding, "contributors") {
            prop_assert!(self::text(beside, "confidence") != Some("Certain"), "{}", beside);
        }
    }
    Ok(())
}

/// How many cases are tried; more when asked for.
fn cases() -> u32 {
    std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(192)
}

proptest! {
    // The same cases every time, unless more are asked for: what fails here fails again.
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x6b75_6265),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_object_is_too_odd(story in any::<Index>(), blows in blows(), entangled in prop::bool::weighted(0.1)) {
        let story = story.get(story::all());
        let mut entries = story.entries.clone();
        for (salt, entry) in entries.iter_mut().enumerate() {
            // Only a ConfigMap differs from one version to the next.
            let salt = if entry.object["kind"] == "ConfigMap" { salt } else { 0 };
            plant(&mut entry.object, "", salt);
        }
        let struck: Vec<String> = blows.iter().map(|blow| strike(&mut entries, blow)).collect();
        if entangled {
            entangle(&mut entries);
        }
        for status in reports(&entries, story.now) {
            let told = |e| TestCaseError::fail(format!("{}, {struck:#?}: {e}", story.name));
            holds(&status).map_err(told)?;
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = kubeblame::replay::read(&text);
        let _ = observe::read(&text);
    }
}

#[test]
fn no_story_shows_what_is_hidden() {
    for story in story::all() {
        let mut entries = story.entries.clone();
        for (salt, entry) in entries.iter_mut().enumerate() {
            // Only a ConfigMap differs from one version to the next.
            let salt = if entry.object["kind"] == "ConfigMap" { salt } else { 0 };
            plant(&mut entry.object, "", salt);
        }
        let all = reports(&entries, story.now);
        let result = all.iter().try_for_each(holds);
        result.unwrap_or_else(|e| story::die(&format!("{}: {e}", story.name)));
    }
}

/// The largest object of each kind that the stories have.
fn one_of_each_kind() -> Vec<Value> {
    let mut largest: BTreeMap<String, Value> = BTreeMap::new();
    for object in story::all().iter().flat_map(|s| &s.entries).map(|e| &e.object) {
        let kind = text(object, "kind").unwrap_or_default();
        let known = largest.entry(kind.to_owned()).or_insert_with(|| object.clone());
        if object.to_string().len() > known.to_string().len() {
            *known = object.clone();
        }
    }
    largest.into_values().collect()
}

/// `/spec/containers/0/image` without its indices.
fn shape(place: &str) -> String {
    let part = |p: &str| if p.parse::<usize>().is_ok() { "#".to_owned() } else { p.to_owned() };
    place.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_field_may_be_of_another_type() {
    let mut unread = BTreeSet::new();
    for object in one_of_each_kind() {
        let mut all = Vec::new();
        places(&object, "", &mut all);
        for place in all.iter().filter(|place| !IDENTITY.contains(&place.as_str())) {
            for odd in [
                Value::Null,
                json!(true),
                json!(-1.5e300),
                json!("odd"),
                json!([{}]),
                json!({ "a": [] }),
            ] {
                let mut struck = object.clone();
                *struck.pointer_mut(place).expect("a place") = odd;
                if observe::read(&struck.to_string()).is_err() {
                    unread.insert(format!(
                        "{} {}",
                        text(&object, "kind").unwrap_or_default(),
                        shape(place)
                    ));
                }
            }
        }
    }
    assert!(
        unread.is_empty(),
        "{} fields end the reading of their object: {unread:#?}",
        unread.len()
    );
}
