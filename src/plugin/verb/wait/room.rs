//! Everything that is waited for, and how it ends.

use super::judge::State;
use super::options::{FailMode, Flags};
use super::track::Track;
use super::view::View;
use super::{Goal, target};
use crate::plugin::failure::Failure;
use crate::plugin::live::cluster::Cluster;
use crate::plugin::live::{AGAIN, note};
use crate::plugin::verb::Done;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// One has failed for good.
const FAILED: u8 = 2;
/// Not all were well in time.
const TIMED_OUT: u8 = 3;

/// Everything that is waited for.
pub(super) struct Room<'c> {
    cluster: &'c Cluster,
    flags: &'c Flags,
    goal: Goal,
    /// Told whenever a look may be worth it.
    pub(super) wake: Arc<Notify>,
    pub(super) tracks: Vec<Track<'c>>,
    known: BTreeSet<(String, String, String)>,
    /// What was said once and is not said again.
    said: BTreeSet<String>,
    /// Why the API server is not reached now.
    unreached: Option<String>,
    /// Whether something was not answered in this round.
    is_lost: bool,
}

/// How it ended.
pub(super) enum End {
    Healthy,
    Failed,
    TimedOut(String),
}

impl<'c> Room<'c> {
    pub(super) fn new(cluster: &'c Cluster, flags: &'c Flags, goal: Goal) -> Self {
        Self {
            cluster,
            flags,
            goal,
            wake: Arc::new(Notify::new()),
            tracks: Vec::new(),
            known: BTreeSet::new(),
            said: BTreeSet::new(),
            unreached: None,
            is_lost: false,
        }
    }

    /// Whether the API server answered when it was last asked.
    pub(super) fn is_reached(&self) -> bool {
        self.unreached.is_none()
    }

    /// How many objects have to be asked for in each round.
    pub(super) fn asked(&self) -> usize {
        self.tracks.iter().filter(|track| track.is_asked()).count()
    }

    /// Adds what is not waited for yet.
    pub(super) fn add(&mut self, found: Vec<target::Found>) -> Result<(), Failure> {
        for (wanted, resource) in found {
            let kind = wanted.kind.to_lowercase();
            if self.known.insert((kind, wanted.namespace.clone(), wanted.name.clone())) {
                let gone = self.goal == Goal::Deleted;
                let (cluster, flags) = (self.cluster, self.flags);
                let track = Track::new(cluster, wanted, resource, flags, gone, &self.wake)?;
                self.tracks.push(track);
            }
        }
        Ok(())
    }

    /// Names have their namespace where there are several; what has none shows when it is looked at.
    fn tell_apart(&mut self) {
        let all: BTreeSet<&str> = self.tracks.iter().filter_map(Track::namespace).collect();
        let several = all.len() > 1;
        for track in &mut self.tracks {
            track.with_namespace = several;
        }
    }

    /// An API server that is away may come back: that is said once, and so is its return.
    pub(super) fn reached<T>(&mut self, answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure::Unreached(why)) => {
                if self.unreached.is_none() {
                    note(&format!("{why}: trying again"));
                }
                self.unreached = Some(why);
                self.is_lost = true;
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// A round in which nothing failed to answer: the server is back, if it was away.
    fn end_round(&mut self) {
        let was_lost = std::mem::take(&mut self.is_lost);
        if !was_lost && self.unreached.take().is_some() {
            note(AGAIN);
        }
    }

    /// Looks at all that is not settled, side by side.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        // What is well may fall ill while others are waited for.
        let answers = join_all(self.tracks.iter_mut().map(Track::look)).await;
        for answer in answers {
            self.reached(answer)?;
        }
        self.end_round();
        self.tell_apart();
        let wrong: Vec<String> = self.tracks.iter().filter_map(Track::wrong_options).collect();
        for words in wrong {
            if self.said.insert(words.clone()) {
                note(&words);
            }
        }
        Ok(())
    }

    /// Says what is like the names that were typed and are not there.
    pub(super) async fn hint(&self) {
        for track in self.tracks.iter().take(MAX_NAMED) {
            if let Some(words) = track.hint().await {
                note(&words);
            }
        }
    }

    /// Whether it is over.
    pub(super) fn verdict(&self, is_complete: bool, deadline: Option<Instant>) -> Option<End> {
        let counted = || self.tracks.iter().filter(|t| t.options.fail_mode != FailMode::Ignore);
        let failed = |mode: FailMode| {
            counted().any(|t| t.standing.state == State::Failed && t.options.fail_mode == mode)
        };
        if failed(FailMode::Now) {
            return Some(End::Failed);
        }
        let all_well = counted().all(|track| track.standing.state == State::Healthy);
        let ends_at_nothing = self.tracks.is_empty() && self.goal == Goal::Deleted;
        let has_any = !self.tracks.is_empty() || ends_at_nothing;
        if is_complete && has_any && all_well && self.unreached.is_none() {
            return Some(End::Healthy);
        }
        if let Some(idle) = counted().find(|track| track.is_idle()) {
            let shown = idle.name();
            return Some(End::TimedOut(format!("nothing has happened to {shown} for too long")));
        }
        self.overdue(deadline)
    }

    /// How it ends where the time is over.
    pub(super) fn overdue(&self, deadline: Option<Instant>) -> Option<End> {
        deadline.filter(|deadline| Instant::now() >= *deadline)?;
        let may_recover = |t: &Track<'_>| t.options.fail_mode == FailMode::End;
        let has_failed =
            self.tracks.iter().any(|t| t.standing.state == State::Failed && may_recover(t));
        Some(if has_failed { End::Failed } else { End::TimedOut("timed out".to_owned()) })
    }

    /// How it ends where the time was over in the middle of a round.
    pub(super) fn cut_off(&mut self) -> End {
        if self.cluster.is_silent()
            && let Failure::Unreached(why) = self.cluster.silent()
        {
            self.unreached = Some(why);
        }
        End::TimedOut("timed out".to_owned())
    }

    /// Whether all are well when everything is asked for anew.
    pub(super) async fn is_proved(&mut self) -> Result<bool, Failure> {
        let counted = self.tracks.iter().filter(|t| t.options.fail_mode != FailMode::Ignore);
        let answers = join_all(counted.map(Track::is_proved)).await;
        let mut all = true;
        for answer in answers {
            all &= self.reached(answer)?.unwrap_or(false);
        }
        Ok(all)
    }

    /// Shows why, and says how it ended.
    pub(super) async fn finish<W: Write>(
        &self,
        end: End,
        view: &mut View<'_, W>,
    ) -> Result<Done, Failure> {
        let all = self.tracks.len();
        if let End::Healthy = end {
            let words = match (self.goal, all) {
                (Goal::Deleted, _) => "all of it is deleted".to_owned(),
                (_, 1) => self
                    .tracks
                    .first()
                    .map_or_else(String::new, |track| format!("{} is healthy", track.name())),
                _ => format!("all {all} are healthy{}", self.ignored()),
            };
            view.end(&words, 0, &self.tracks);
            return Ok(Done::WELL);
        }
        // Of a failure what failed is shown, of a timeout what is in trouble.
        let is_of_interest = |track: &&Track<'_>| match (&end, track.standing.state) {
            (_, State::Failed) => true,
            (End::TimedOut(_), State::Troubled | State::Progressing) => track.report.is_some(),
            _ => false,
        };
        for track in self.tracks.iter().filter(is_of_interest).take(MAX_SHOWN) {
            // Who does not answer is not asked for more.
            let (blame, logs) = match self.unreached {
                None => (track.blame().await, track.logs().await),
                Some(_) => (track.report.clone(), Vec::new()),
            };
            view.failure(track, blame.as_ref(), &logs);
        }
        if let (End::TimedOut(_), Some(why)) = (&end, &self.unreached) {
            return Err(Failure::Unreached(why.clone()));
        }
        let open: Vec<String> = self
            .tracks
            .iter()
            .filter(|track| match end {
                End::Failed => track.standing.state == State::Failed,
                _ => track.standing.state != State::Healthy,
            })
            .map(Track::name)
            .collect();
        let shown = open.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match open.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (code, words) = match &end {
            End::TimedOut(why) if all == 0 => {
                (TIMED_OUT, format!("{why}: nothing carries these labels"))
            }
            End::TimedOut(why) => {
                let lack = if self.goal == Goal::Deleted { "still there" } else { "not healthy" };
                let count =
                    if all == 1 { String::new() } else { format!("{} of {all} ", open.len()) };
                (TIMED_OUT, format!("{why}: {count}{lack}: {shown}{more}"))
            }
            _ => (FAILED, format!("failed: {shown}{more}")),
        };
        view.end(&words, code, &self.tracks);
        Ok(Done { code, message: Some(words) })
    }

    fn ignored(&self) -> String {
        let ill = self.tracks.iter().filter(|t| t.standing.state != State::Healthy).count();
        if ill == 0 { String::new() } else { format!(" but {ill} that are ignored") }
    }
}

/// How many failures are shown whole.
const MAX_SHOWN: usize = 3;
/// How many objects the last sentence names.
const MAX_NAMED: usize = 8;
