//! When a difference is worth a write.
//!
//! Bad news is written at once. Everything else waits a little, because most
//! states on the way of a rollout pass by themselves: a healthy rollout costs at
//! most two status writes, a failing one four, a quiet root none.

use super::changed::{Difference, current, is_bad};
use crate::report::{Status, Verdict};
use std::time::Duration;
use tokio::time::Instant;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How long a verdict waits to be written: a rollout that is over sooner is never `Progressing`.
const PROGRESSING_HOLD: Duration = seconds(5);
/// Recovery waits for the counts that come with it.
const HEALTHY_HOLD: Duration = seconds(1);
/// A picture that is incomplete for less than this is nobody's concern.
const UNKNOWN_HOLD: Duration = seconds(30);
/// A second finding, or a better cause, waits for more of its kind.
const MEANING_HOLD: Duration = seconds(3);
/// Bad news whose cause is not found yet waits a moment for the evidence that is on its way.
const UNSURE_HOLD: Duration = seconds(2);
/// A new report waits for the root's first revision and pods.
const CREATION_HOLD: Duration = seconds(1);
/// Counts of a verdict that is not Healthy are refreshed this often at most …
const REFRESH_EVERY: Duration = seconds(30);
/// … once they stood for a moment, since a container that dies is ready now and then …
const MOMENT: Duration = seconds(3);
/// … while the verdict is younger than this.
const REFRESH_WITHIN: Duration = seconds(300);
/// A state that has not moved for so long has settled.
const SETTLED_AFTER: Duration = seconds(20);
/// The same for a state that is well.
const SETTLED_WELL_AFTER: Duration = seconds(10);
/// Status writes of one rollout, after which mere details are left as they are.
const WRITES_HEALTHY: u32 = 2;
/// The same where something is wrong.
const WRITES_BAD: u32 = 4;
/// After so long without a write a root has a fresh budget for details.
const BUDGET_RENEWED_AFTER: Duration = seconds(600);
/// Spacing of writes once the budget is used up, for a root that flaps.
const FLAP_SPACING: Duration = seconds(30);

/// What was written of one root, and since when something else is to be said.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// The rollout that is being paid for: the root's generation and revision.
    rollout: Option<(Option<i64>, Option<i64>)>,
    writes: u32,
    refreshed: bool,
    settled: bool,
    last_write: Option<Instant>,
    /// Since when the new status differs from what stands, and how.
    differs: Option<(Difference, Verdict, Instant)>,
    /// Whether the new status is bad news that blames nothing.
    is_unsure: bool,
    /// Since when the new status has not moved, but for what is ready in between.
    still: Option<Instant>,
}

impl Pace {
    /// A new status was judged; `moved` says whether it differs from the one judged before.
    pub(super) fn judged(
        &mut self,
        difference: Difference,
        new: &Status,
        moved: bool,
        now: Instant,
    ) {
        let rollout = (new.root_generation, current(new).and_then(|r| r.revision));
        let is_renewed = self.last_write.is_some_and(|last| now - last > BUDGET_RENEWED_AFTER)
            && !is_bad(new.verdict);
        if self.rollout != Some(rollout) || is_renewed {
            self.rollout = Some(rollout);
            (self.writes, self.refreshed, self.settled) = (0, false, false);
        }
        self.is_unsure = is_bad(new.verdict) && !new.findings.iter().any(|f| f.cause.is_blame());
        if moved || self.still.is_none() {
            self.still = Some(now);
        }
        let is_same =
            matches!(self.differs, Some((d, v, _)) if d == difference && v == new.verdict);
        if !is_same {
            // A difference that grows keeps its age only where it stays of one kind.
            self.differs =
                (difference != Difference::Nothing).then_some((difference, new.verdict, now));
        }
    }

    /// Whether all that is new is how current the picture is.
    pub(super) fn is_about_freshness(&self) -> bool {
        matches!(self.differs, Some((Difference::Freshness, ..)))
    }

    /// When the report is to be made, where there is none yet.
    pub(super) fn creation(&self, new: &Status) -> Option<Instant> {
        let since = self.still?;
        Some(since + if is_bad(new.verdict) { self.bad_hold() } else { CREATION_HOLD })
    }

    /// When the new status is to be written; `None` when it need not be.
    pub(super) fn due(&self, stands: Verdict) -> Option<Instant> {
        let (difference, verdict, since) = self.differs?;
        let hold = match (difference, verdict) {
            (Difference::Nothing, _) => return None,
            (Difference::Details, _) => return self.details_due(stands),
            (Difference::Freshness, _) | (_, Verdict::Unknown) => UNKNOWN_HOLD,
            (Difference::Verdict, Verdict::Failing | Verdict::Stuck) => self.bad_hold(),
            (Difference::Verdict, Verdict::Healthy) => HEALTHY_HOLD,
            (_, Verdict::Progressing) => PROGRESSING_HOLD,
            (Difference::Meaning, _) => MEANING_HOLD,
        };
        Some((since + hold).max(self.spaced(since, verdict)))
    }

    fn bad_hold(&self) -> Duration {
        if self.is_unsure { UNSURE_HOLD } else { Duration::ZERO }
    }

    /// The earliest time that keeps a flapping root from being written all the time.
    fn spaced(&self, since: Instant, verdict: Verdict) -> Instant {
        let budget = if is_bad(verdict) { WRITES_BAD } else { WRITES_HEALTHY };
        match self.last_write {
            Some(last) if self.writes >= budget => {
                last + FLAP_SPACING * (self.writes - budget + 1).min(10)
            }
            _ => since,
        }
    }

    fn details_due(&self, verdict: Verdict) -> Option<Instant> {
        let (_, _, since) = self.differs?;
        let (last, still) = (self.last_write.unwrap_or(since), self.still?);
        if verdict == Verdict::Healthy {
            return (self.writes < WRITES_HEALTHY).then_some(still + SETTLED_WELL_AFTER);
        }
        if !is_bad(verdict) {
            // What is on its way, or not known, is written when it has arrived.
            return None;
        }
        let settle = (!self.settled && self.writes < WRITES_BAD).then_some(still + SETTLED_AFTER);
        // One write is kept for when it settles.
        let may_refresh = !self.refreshed
            && self.writes + 1 < WRITES_BAD
            && since.saturating_duration_since(last) < REFRESH_WITHIN;
        let refresh = may_refresh.then_some((last + REFRESH_EVERY).max(still + MOMENT));
        [settle, refresh].into_iter().flatten().min()
    }

    /// The report was made at `now`, with its first status: no write of the rollout's budget.
    pub(super) fn created(&mut self, now: Instant) {
        self.last_write = Some(now);
        self.differs = None;
    }

    /// A status was written at `now`.
    pub(super) fn written(&mut self, now: Instant) {
        if let Some((Difference::Details, verdict, _)) = self.differs
            && is_bad(verdict)
        {
            let is_settled = self.still.is_some_and(|still| now - still >= SETTLED_AFTER);
            self.settled |= is_settled;
            self.refreshed = true;
        }
        self.writes += 1;
        self.last_write = Some(now);
        self.differs = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tests::{blaming, status, with_revision};

    const S: Duration = seconds(1);

    #[test]
    fn bad_news_is_due_at_once_and_progress_waits() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.judged(Difference::Verdict, &status(Verdict::Progressing), true, now);
        assert_eq!(pace.due(Verdict::Healthy), Some(now + PROGRESSING_HOLD));
        pace.judged(Difference::Verdict, &status(Verdict::Failing), true, now + S);
        assert_eq!(pace.due(Verdict::Healthy), Some(now + S + UNSURE_HOLD));
        pace.judged(Difference::Verdict, &blaming(status(Verdict::Failing)), true, now + 2 * S);
        assert_eq!(pace.due(Verdict::Healthy), Some(now + S));
    }

    #[test]
    fn a_failing_rollout_costs_four_writes_whatever_moves() {
        let mut now = Instant::now();
        let mut pace = Pace::default();
        let failing = with_revision(status(Verdict::Failing), 2);
        let mut writes = 0;
        pace.judged(Difference::Verdict, &failing, true, now);
        // An hour in which the counts move every ten seconds for five minutes, then stand.
        for step in 0..360 {
            let stands = if writes == 0 { Verdict::Progressing } else { Verdict::Failing };
            while pace.due(stands).is_some_and(|due| due <= now) {
                pace.written(now);
                writes += 1;
            }
            now += 10 * S;
            let difference = if writes == 0 { Difference::Verdict } else { Difference::Details };
            let is_written = step > 40 && pace.settled;
            let difference = if is_written { Difference::Nothing } else { difference };
            pace.judged(difference, &failing, step < 30, now);
        }
        assert!((2..=4).contains(&writes), "{writes}");
    }

    #[test]
    fn the_last_write_of_a_rollout_that_looked_well_first_tells_how_many_fail() {
        let mut now = Instant::now();
        let mut pace = Pace::default();
        pace.judged(Difference::Verdict, &status(Verdict::Progressing), true, now);
        pace.created(now);
        for verdict in [Verdict::Healthy, Verdict::Failing, Verdict::Failing] {
            now += 10 * S;
            pace.judged(Difference::Verdict, &status(verdict), true, now);
            pace.written(now);
        }
        pace.judged(Difference::Details, &status(Verdict::Failing), true, now);
        assert_eq!(pace.due(Verdict::Failing), Some(now + SETTLED_AFTER));
        pace.written(now + SETTLED_AFTER);
        pace.judged(Difference::Details, &status(Verdict::Failing), true, now + 60 * S);
        assert_eq!(pace.due(Verdict::Failing), None);
    }

    #[test]
    fn details_of_a_healthy_root_are_written_once_it_stands_still() {
        let now = Instant::now();
        let mut pace = Pace::default();
        let healthy = status(Verdict::Healthy);
        pace.judged(Difference::Details, &healthy, true, now);
        pace.judged(Difference::Details, &healthy, true, now + 8 * S);
        assert_eq!(pace.due(Verdict::Healthy), Some(now + 8 * S + SETTLED_WELL_AFTER));
        pace.written(now + 18 * S);
        assert_eq!(pace.due(Verdict::Healthy), None);
        for _ in 0..5 {
            pace.judged(Difference::Details, &healthy, true, now + 20 * S);
            if pace.due(Verdict::Healthy).is_some() {
                pace.written(now + 31 * S);
            }
        }
        assert_eq!(pace.writes, WRITES_HEALTHY);
    }

    #[test]
    fn a_root_that_flaps_is_written_ever_more_rarely() {
        let mut now = Instant::now();
        let mut pace = Pace::default();
        let mut written = 0;
        let (mut stands, mut next) = (Verdict::Healthy, Verdict::Failing);
        for _ in 0..3600 {
            pace.judged(Difference::Verdict, &status(next), true, now);
            if pace.due(stands).is_some_and(|due| due <= now) {
                pace.written(now);
                written += 1;
                (stands, next) = (next, stands);
            }
            now += S;
        }
        assert!((5..=30).contains(&written), "{written}");
    }
}
