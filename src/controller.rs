//! The controller: takes in what the watches tell, judges the roots that it may
//! concern, and has their reports written.
//!
//! One task owns everything and never waits for the cluster: watches feed it
//! through a bounded channel, and writes run beside it.

mod dirty;
mod intake;
mod judging;
mod queries;
mod sync;

pub use queries::Query;
pub use sync::Ready;

use crate::clock::Clock;
use crate::config::ReportRoots;
use crate::graph::{Freshness, Graph};
use crate::lead::Lead;
use crate::metrics::Metrics;
use crate::observe::{KINDS, TypeRef, Uid};
use crate::publish::{Done, Outcome, Publisher, Writer};
use crate::watch::{Change, Setup};
use dirty::Dirty;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use sync::Lists;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// How many changes are taken in at one go, so that writes and judgements get their turn.
const BATCH: usize = 256;
/// How many roots are judged at one go.
const JUDGE_BATCH: usize = 32;
/// How often old evidence is let go, and the gauges are set.
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// How long a root waits for the controller that its owner reference names: the
/// watches of two kinds deliver in any order.
const OWNER_PATIENCE: Duration = Duration::from_secs(3);
/// The same, where the owner's kind is yet to be found by discovery.
const UNKNOWN_OWNER_PATIENCE: Duration = Duration::from_secs(10);
/// How often such a root is looked at meanwhile.
const OWNER_RETRY: Duration = Duration::from_secs(1);

/// What wakes the controller.
#[derive(Debug)]
enum Input {
    /// Watches told something.
    Changes(Vec<Change>),
    /// A write ended.
    Written(Outcome),
    /// A root or a write is due.
    Due,
    /// Old evidence may go.
    Housekeeping,
    /// An endpoint wants to know something.
    Asked(Query),
    /// The watches are gone: there is nothing left to do.
    Closed,
}

/// The controller's parts.
pub struct Controller {
    graph: Graph,
    lists: Lists,
    dirty: Dirty,
    roots: HashMap<Uid, Followed>,
    publisher: Publisher,
    report_roots: ReportRoots,
    clock: Clock,
    metrics: Metrics,
    ready: Ready,
    lead: Lead,
    owners: mpsc::Sender<TypeRef>,
    owner_kinds: BTreeSet<(String, String)>,
    /// The term in which roots are judged; `None` before the first picture is complete,
    /// and while another instance leads.
    started: Option<u64>,
    is_out_of_touch: bool,
}

/// What is kept of a root beside the graph.
#[derive(Debug)]
struct Followed {
    since: Instant,
    /// Whether the last judgement found what broke it.
    is_blamed: bool,
}

impl Controller {
    /// A controller that has seen nothing yet.
    #[must_use]
    pub fn new(
        setup: &Setup,
        publisher: Publisher,
        report_roots: ReportRoots,
        ready: Ready,
        lead: Lead,
        owners: mpsc::Sender<TypeRef>,
    ) -> Self {
        Self {
            graph: Graph::new(),
            lists: Lists::new(setup, Instant::now()),
            dirty: Dirty::default(),
            roots: HashMap::new(),
            publisher,
            report_roots,
            clock: setup.clock.clone(),
            metrics: setup.metrics.clone(),
            ready,
            lead,
            owners,
            owner_kinds: BTreeSet::new(),
            started: None,
            is_out_of_touch: false,
        }
    }

    /// Runs until the watches end.
    pub async fn run(
        mut self,
        mut changes: mpsc::Receiver<Change>,
        mut queries: mpsc::Receiver<Query>,
        writer: Writer,
    ) {
        let mut standing = self.lead.follow();
        let mut under_way: JoinSet<Outcome> = JoinSet::new();
        let mut housekeeping = interval(HOUSEKEEPING);
        housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut start_check = interval(Duration::from_millis(250));
        loop {
            let mut batch = Vec::new();
            let due = self.next_due();
            let input = tokio::select! {
                biased;
                Some(Ok(outcome)) = under_way.join_next() => Input::Written(outcome),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Input::Due,
                _ = housekeeping.tick() => Input::Housekeeping,
                count = changes.recv_many(&mut batch, BATCH) => {
                    if count == 0 { Input::Closed } else { Input::Changes(batch) }
                }
                Some(query) = queries.recv() => query.input(),
                Ok(()) = standing.changed() => Input::Due,
                _ = start_check.tick(), if self.started.is_none() => Input::Due,
            };
            let now = Instant::now();
            match input {
                Input::Changes(batch) => {
                    for change in batch {
                        self.take_in(change, now);
                    }
                }
                Input::Written(outcome) => {
                    self.count(&outcome);
                    let touched = self.publisher.outcome(outcome, now);
                    self.touch(touched, now);
                }
                Input::Housekeeping => self.tidy(),
                Input::Asked(query) => self.answer(query, changes.len()),
                Input::Due => {}
                Input::Closed => return,
            }
            self.follow_the_lead(now);
            self.start_when_complete(now);
            self.judge_due(now);
            let graph = &self.graph;
            for order in self.publisher.collect(|kind| is_trusted(graph, kind), now) {
                under_way.spawn(writer.clone().carry_out(order, self.clock.now()));
            }
        }
    }

    fn next_due(&self) -> Option<Instant> {
        [self.dirty.next(), self.publisher.next()].into_iter().flatten().min()
    }

    fn tidy(&mut self) {
        self.graph.expire(self.clock.now());
        self.tidy_gauges();
    }

    fn tidy_gauges(&self) {
        self.metrics.holding(self.graph.len(), self.roots.len());
    }

    /// Counts how long a change of verdict took to be told.
    fn count(&self, outcome: &Outcome) {
        let (Some(root), Ok(Done::Put { status, .. })) = (&outcome.order.root, &outcome.result)
        else {
            return;
        };
        let before = self.publisher.memory(root).map(|said| said.verdict);
        if before.is_some_and(|before| before != status.verdict) {
            self.metrics.told(status.verdict, status.since.timestamp(), self.clock.now());
        }
    }
}

/// Whether an object of this kind that the graph does not hold is surely gone.
fn is_trusted(graph: &Graph, kind: &str) -> bool {
    match graph.freshness(kind) {
        Freshness::Synced => true,
        // A kind that nobody watches has no roots, so nothing can be about one.
        Freshness::Absent => !KINDS.iter().any(|known| known.kind == kind),
        Freshness::Unsynced | Freshness::Stale | Freshness::Forbidden => false,
    }
}
