//! Leader election by a Lease: of several instances only one writes.
//!
//! The others keep their graph warm and take over when the Lease is released, or was
//! not renewed for its whole duration as *their own* clock measures it. Every change of
//! the Lease carries the resource version that was read, so of two that reach for it
//! one gets 409. A leader that could not renew stops writing well before the others
//! may take over, and a write that is under way is given up at that time.

mod election;

pub use election::{Election, Place};

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How long a Lease holds without being renewed (client-go's default, as all three).
const LEASE_DURATION: Duration = Duration::from_secs(15);
/// How long after its last renewal a leader goes on.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// How often it is renewed, or looked at.
const RETRY_PERIOD: Duration = Duration::from_secs(2);
/// How long one request about it may go unanswered: half of what a leader has, so that
/// one that is lost on its way costs no term (client-go: `resourcelock.NewFromKubeconfig`).
const TRY: Duration = Duration::from_secs(5);
/// More than any limit of workers.
const PERMITS: u32 = 1 << 16;
/// How long whoever resigns waits for writes that are under way.
const DRAIN: Duration = Duration::from_secs(5);

/// How an instance stands in the election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The Lease was not read yet.
    Unknown,
    /// Another instance leads, or nobody yet.
    Standby,
    /// This one leads.
    Leading {
        /// Which of its terms it is; counted from 1.
        term: u64,
        /// Until when it may begin a write, and until when one may last.
        until: Option<(Instant, Instant)>,
    },
    /// The Lease may not be read or written: this instance never leads.
    Refused(String),
    /// It has given up leading, and ends.
    Resigned,
}

/// This instance's part in the election, shared by whoever asks.
#[derive(Clone, Debug)]
pub struct Lead {
    standing: Arc<Sender<Standing>>,
    writes: Arc<Semaphore>,
}

/// The right to write now; the Lease is not released while one is held.
#[derive(Debug)]
pub struct Permit {
    expires: Option<Instant>,
    _permit: OwnedSemaphorePermit,
}

impl Permit {
    /// How long the write may take.
    #[must_use]
    pub fn within(&self, longest: Duration) -> Duration {
        let left = self.expires.map(|at| at.saturating_duration_since(Instant::now()));
        left.map_or(longest, |left| left.min(longest))
    }
}

impl Lead {
    fn with(standing: Standing) -> Self {
        let writes = Arc::new(Semaphore::new(PERMITS as usize));
        Self { standing: Arc::new(Sender::new(standing)), writes }
    }

    /// Without an election: it leads for ever.
    #[must_use]
    pub fn alone() -> Self {
        Self::with(Standing::Leading { term: 1, until: None })
    }

    /// With an election, whose [`Election`] says how it goes.
    #[must_use]
    pub fn elected() -> Self {
        Self::with(Standing::Unknown)
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Tells of every change of term.
    #[must_use]
    pub fn follow(&self) -> Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The present term, while this instance leads and its deadline is not past.
    #[must_use]
    pub fn term(&self) -> Option<u64> {
        match &*self.standing.borrow() {
            Standing::Leading { term, until } => {
                until.is_none_or(|(begin, _)| Instant::now() < begin).then_some(*term)
            }
            _ => None,
        }
    }

    /// The right to write now, if this instance leads.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        let permit = Arc::clone(&self.writes).try_acquire_owned().ok()?;
        self.term()?;
        let expires = match &*self.standing.borrow() {
            Standing::Leading { until, .. } => until.map(|(_, expires)| expires),
            _ => return None,
        };
        Some(Permit { expires, _permit: permit })
    }

    /// Gives up leading: no write begins after this.
    pub fn resign(&self) {
        self.standing.send_replace(Standing::Resigned);
    }

    /// Waits for the writes that are under way; false when some take too long.
    pub async fn drained(&self) -> bool {
        timeout(DRAIN, self.writes.acquire_many(PERMITS)).await.is_ok()
    }

    /// Sets how it stands; a later deadline of the same term is no news to anybody.
    fn set(&self, new: Standing) {
        self.standing.send_if_modified(|standing| {
            if *standing == Standing::Resigned {
                return false;
            }
            let is_news = match (&*standing, &new) {
                (Standing::Leading { term: a, .. }, Standing::Leading { term: b, .. }) => a != b,
                (old, new) => old != new,
            };
            *standing = new;
            is_news
        });
    }
}

/// Up to a fifth more than `pause`, so that instances do not ask in step.
fn jittered(pause: Duration) -> Duration {
    use std::hash::{BuildHasher as _, Hasher as _};
    // A hasher of std begins with a random key: randomness enough for a jitter.
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    pause + pause.mul_f64(f64::from(u32::try_from(random % 1000).unwrap_or(0)) / 5000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_is_written_after_the_deadline_or_after_resigning() {
        let lead = Lead::elected();
        assert!(lead.permit().is_none() && lead.term().is_none());
        let now = Instant::now();
        let until = Some((now + RENEW_DEADLINE, now + LEASE_DURATION));
        lead.set(Standing::Leading { term: 3, until });
        let permit = lead.permit().expect("it leads");
        assert_eq!(permit.within(Duration::from_secs(30)), LEASE_DURATION);
        assert_eq!(lead.term(), Some(3));
        tokio::time::sleep(RENEW_DEADLINE).await;
        assert!(lead.permit().is_none() && lead.term().is_none());
        assert_eq!(permit.within(Duration::from_secs(30)), Duration::from_secs(5));
        lead.resign();
        lead.set(Standing::Leading { term: 4, until: None });
        assert_eq!(lead.standing(), Standing::Resigned);
        assert!(!lead.drained().await, "a write is under way");
        drop(permit);
        assert!(lead.drained().await);
    }

    #[test]
    fn a_jitter_is_small() {
        for _ in 0..100 {
            let pause = jittered(RETRY_PERIOD);
            assert!((RETRY_PERIOD..RETRY_PERIOD.mul_f64(1.2)).contains(&pause), "{pause:?}");
        }
    }
}
