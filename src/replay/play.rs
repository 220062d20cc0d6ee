//! A replay step by step, as a live view shows it.

use super::{Entry, Input};
use crate::graph::Graph;
use jiff::Timestamp;
use std::collections::VecDeque;

/// A recording that is played.
#[derive(Debug)]
pub struct Play {
    /// Every object, as the recording has shown it so far.
    pub graph: Graph,
    entries: VecDeque<Entry>,
    end: Timestamp,
}

impl Input {
    /// Plays it step by step; what a dump holds is there from the end on.
    #[must_use]
    pub fn play(mut self) -> Play {
        let end = self.newest().unwrap_or_default();
        self.set_receive_times(end);
        self.sort();
        let mut graph = Graph::new();
        self.set_freshness(&mut graph);
        graph.set_audits(self.audits);
        Play { graph, entries: self.entries.into(), end }
    }
}

impl Play {
    /// When the next step happens; `None` at the end.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.entries.front().map(|entry| entry.at.unwrap_or(self.end))
    }

    /// Takes the next step: everything of that one moment.
    pub fn step(&mut self) {
        let Some(moment) = self.next() else { return };
        while self.next() == Some(moment) {
            let Some(entry) = self.entries.pop_front() else { return };
            entry.enter(&mut self.graph, moment);
        }
    }
}
