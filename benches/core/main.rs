//! `cargo bench`: what a pod costs in memory, and a pod's event in time: the core
//! beside a full typed decode and beside a kube-rs reflector's store, in the same run.
//! It fails where a pod costs more memory than it may.
//!
//! `cargo bench --bench core -- 50000` measures with another number of pods.

mod pods;
mod recordings;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod as TypedPod;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher;
use kubeblame::blame;
use kubeblame::graph::{Freshness, Graph, Touched};
use kubeblame::observe::{self, KINDS, Pod, Watched as _};
use peak_alloc::PeakAlloc;
use pods::Version;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Counts every byte on the heap, in every measurement alike.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

type Failure = Box<dyn std::error::Error>;

const PODS: usize = 10_000;
/// The most that the core may hold for a pod, everything it knows of it included.
const MOST_BYTES_PER_POD: f64 = 1024.0;
/// An odd number, so that a median is one of the runs.
const RUNS: usize = 5;

/// What one run of one contestant measured.
#[derive(Clone, Copy, Debug)]
struct Cost {
    bytes_per_pod: f64,
    micros_per_event: f64,
}

fn main() -> Result<(), Failure> {
    let pods = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(PODS);
    let size = pods::pod(0, Version::First).len();
    println!(
        "{pods} pods of {size} bytes of JSON, {} to a Deployment; medians of {RUNS} runs, \
         in brackets the share of the reflector's\n",
        pods::PODS_PER_ROOT
    );
    let typed = median(pods, typed)?;
    let reflector = median(pods, reflector)?;
    let core = median(pods, core)?;
    println!("{:<46}{:>20}{:>24}", "", "bytes per pod", "µs per pod event");
    for (name, cost) in [
        ("kubeblame: decode, Graph::see, judge", core),
        ("k8s-openapi: decode to a typed Pod, kept", typed),
        ("kube-rs: the same into a reflector's store", reflector),
    ] {
        let share = |own: f64, all: f64| format!("{own:.1} ({:.2})", own / all);
        let bytes = share(cost.bytes_per_pod, reflector.bytes_per_pod);
        let micros = share(cost.micros_per_event, reflector.micros_per_event);
        println!("{name:<46}{bytes:>20}{micros:>24}");
    }
    recordings::print(RUNS)?;
    if core.bytes_per_pod > MOST_BYTES_PER_POD {
        return Err(format!("a pod costs more than {MOST_BYTES_PER_POD} bytes").into());
    }
    Ok(())
}

fn median(pods: usize, run: fn(usize) -> Result<Cost, Failure>) -> Result<Cost, Failure> {
    let costs = (0..RUNS).map(|_| run(pods)).collect::<Result<Vec<_>, _>>()?;
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[RUNS / 2]
    };
    let (bytes_per_pod, micros_per_event) =
        (middle(|c| c.bytes_per_pod), middle(|c| c.micros_per_event));
    Ok(Cost { bytes_per_pod, micros_per_event })
}

/// The heap that is held beyond `before`, and the time, per pod.
fn cost(before: usize, time: Duration, pods: usize) -> Cost {
    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    let (bytes, count) = (HEAP.current_usage().saturating_sub(before) as f64, pods as f64);
    Cost { bytes_per_pod: bytes / count, micros_per_event: time.as_secs_f64() * 1e6 / count }
}

/// Every pod is listed and judged; then each has one event, which is taken in and judged.
fn core(pods: usize) -> Result<Cost, Failure> {
    let mut graph = Graph::new();
    for kind in KINDS {
        graph.set_freshness(kind, Freshness::Synced);
    }
    let listed: Timestamp = pods::LISTED.parse()?;
    let at = listed + SignedDuration::from_secs(60);
    for root in 0..pods.div_ceil(pods::PODS_PER_ROOT) {
        for json in [pods::deployment(root), pods::replica_set(root)] {
            graph.see(observe::read(&json)?, listed);
        }
    }
    let before = HEAP.current_usage();
    let mut take_in = |json: &str, at: Timestamp| -> Result<(), serde_json::Error> {
        let Touched(roots) = graph.see(Pod::trim(serde_json::from_str(json)?), at);
        for root in roots {
            if let Some(judgement) = blame::judge(&graph, &root, at, None) {
                black_box(&judgement.report);
                graph.set_reads(&root, judgement.reads);
            }
        }
        Ok(())
    };
    for pod in 0..pods {
        take_in(&pods::pod(pod, Version::First), listed)?;
    }
    let mut time = Duration::ZERO;
    for pod in 0..pods {
        let json = pods::pod(pod, Version::Second);
        let begin = Instant::now();
        take_in(&json, at)?;
        time += begin.elapsed();
    }
    Ok(cost(before, time, pods))
}

/// Every pod is decoded and kept, and decoded once more.
fn typed(pods: usize) -> Result<Cost, Failure> {
    let before = HEAP.current_usage();
    let mut kept: Vec<TypedPod> = Vec::with_capacity(pods);
    for pod in 0..pods {
        kept.push(serde_json::from_str(&pods::pod(pod, Version::First))?);
    }
    let mut time = Duration::ZERO;
    for (pod, place) in kept.iter_mut().enumerate() {
        let json = pods::pod(pod, Version::Second);
        let begin = Instant::now();
        *place = serde_json::from_str(&json)?;
        time += begin.elapsed();
    }
    let cost = cost(before, time, pods);
    black_box(kept);
    Ok(cost)
}

/// Every pod goes through the store of a reflector, as `kube::runtime` fills it.
fn reflector(pods: usize) -> Result<Cost, Failure> {
    let before = HEAP.current_usage();
    let mut writer: Writer<TypedPod> = Writer::new(());
    let store = writer.as_reader();
    writer.apply_watcher_event(&watcher::Event::Init);
    for pod in 0..pods {
        let pod = serde_json::from_str(&pods::pod(pod, Version::First))?;
        writer.apply_watcher_event(&watcher::Event::InitApply(pod));
    }
    writer.apply_watcher_event(&watcher::Event::InitDone);
    let mut time = Duration::ZERO;
    for pod in 0..pods {
        let json = pods::pod(pod, Version::Second);
        let begin = Instant::now();
        writer.apply_watcher_event(&watcher::Event::Apply(serde_json::from_str(&json)?));
        time += begin.elapsed();
    }
    let cost = cost(before, time, pods);
    black_box(store);
    Ok(cost)
}
