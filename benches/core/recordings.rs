//! What the engine takes for one event, and for one judgement, of real situations, beside
//! a plain typed decode of the same bytes.

use super::Failure;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use kube::core::DynamicObject;
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph, Touched};
use kubeblame::observe::{self, KINDS};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// One recorded watch event.
struct Recorded {
    kind: String,
    at: Timestamp,
    deleted: bool,
    json: String,
}

/// What one pass over every recording took.
#[derive(Default)]
struct Took {
    events: u32,
    judgements: u32,
    engine: Duration,
    judging: Duration,
    typed: Duration,
}

/// Prints the times, each the best of `runs` passes.
pub(super) fn print(runs: usize) -> Result<(), Failure> {
    let recordings = read()?;
    let passes = (0..runs).map(|_| pass(&recordings)).collect::<Result<Vec<_>, _>>()?;
    let best = |of: fn(&Took) -> Duration| passes.iter().map(of).min().unwrap_or_default();
    let Some(Took { events, judgements, .. }) = passes.first() else { return Ok(()) };
    let micros = |time: Duration, count: u32| time.as_secs_f64() * 1e6 / f64::from(count.max(1));
    println!("\n{} recordings of a real cluster, {events} events", recordings.len());
    println!(
        "{:<46}{:>20.1}",
        "µs per event: decode, see, judge the roots",
        micros(best(|t| t.engine), *events)
    );
    println!(
        "{:<46}{:>20.1}",
        "µs per event: typed decode of the same bytes",
        micros(best(|t| t.typed), *events)
    );
    println!(
        "{:<46}{:>20.1}",
        "µs per root: one judgement",
        micros(best(|t| t.judging), *judgements)
    );
    Ok(())
}

fn read() -> Result<Vec<Vec<Recorded>>, Failure> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "type")]
        type_: String,
        at: Timestamp,
        object: Box<RawValue>,
    }
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        kind: String,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/recorded");
    let mut recordings = Vec::new();
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path().join("watch.jsonl"))?;
        let mut events = Vec::new();
        for line in text.lines() {
            let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
            // A bookmark is no object.
            if line.type_ == "BOOKMARK" {
                continue;
            }
            let Named { kind } = serde_json::from_str(line.object.get())?;
            events.push(Recorded {
                kind,
                at: line.at,
                deleted: line.type_ == "DELETED",
                json: line.object.get().to_owned(),
            });
        }
        recordings.push(events);
    }
    Ok(recordings)
}

fn pass(recordings: &[Vec<Recorded>]) -> Result<Took, Failure> {
    let mut took = Took::default();
    for events in recordings {
        let mut graph = Graph::new();
        for kind in KINDS {
            graph.set_freshness(kind, Freshness::Synced);
        }
        for event in events {
            took.events += 1;
            let begin = Instant::now();
            let observed = observe::read(&event.json)?;
            let Touched(roots) = if event.deleted {
                graph.gone(observed, event.at)
            } else {
                graph.see(observed, event.at)
            };
            for root in roots {
                let judging = Instant::now();
                let judged = blame::judge(&graph, &root, event.at, None);
                took.judging += judging.elapsed();
                took.judgements += 1;
                if let Some(judgement) = judged {
                    black_box(&judgement.report);
                    graph.set_reads(&root, judgement.reads);
                }
            }
            took.engine += begin.elapsed();
            let begin = Instant::now();
            match &*event.kind {
                "Pod" => decode::<Pod>(&event.json)?,
                "Deployment" => decode::<Deployment>(&event.json)?,
                "ReplicaSet" => decode::<ReplicaSet>(&event.json)?,
                "StatefulSet" => decode::<StatefulSet>(&event.json)?,
                "ConfigMap" => decode::<ConfigMap>(&event.json)?,
                "Event" => decode::<Event>(&event.json)?,
                _ => decode::<DynamicObject>(&event.json)?,
            }
            took.typed += begin.elapsed();
        }
    }
    Ok(took)
}

fn decode<T: DeserializeOwned>(json: &str) -> Result<(), Failure> {
    black_box(serde_json::from_str::<T>(json)?);
    Ok(())
}
