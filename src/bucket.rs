//! A token bucket: so many requests a second, with a burst.

use std::time::Duration;
use tokio::time::Instant;

/// Tokens that refill steadily; each request takes one.
#[derive(Clone, Debug)]
pub struct Bucket {
    tokens: f64,
    burst: f64,
    per_second: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self { tokens: burst, burst, per_second: f64::from(per_second.max(1)), filled: now }
    }

    /// Takes `count` tokens when that leaves at least `reserve`; otherwise says how long to wait.
    ///
    /// # Errors
    /// The time after which it is worth asking again.
    pub fn take(&mut self, count: u32, reserve: u32, now: Instant) -> Result<(), Duration> {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        self.filled = now;
        // Never more than the bucket holds, or the wait would have no end.
        let need = (f64::from(count) + f64::from(reserve)).min(self.burst);
        if self.tokens >= need {
            self.tokens -= f64::from(count);
            return Ok(());
        }
        Err(Duration::from_secs_f64((need - self.tokens) / self.per_second).max(MIN_WAIT))
    }
}

/// Shorter waits than this are rounding errors of the refill.
const MIN_WAIT: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut bucket = Bucket::new(5, 20, start);
        assert!((0..20).all(|_| bucket.take(1, 0, start).is_ok()));
        let wait = bucket.take(1, 0, start).expect_err("it is empty");
        assert!(wait <= Duration::from_millis(201), "{wait:?}");
        assert!(bucket.take(1, 0, start + wait).is_ok());
    }

    #[test]
    fn a_reserve_is_left_for_others() {
        let start = Instant::now();
        let mut bucket = Bucket::new(5, 20, start);
        let gentle = (0..20).filter(|_| bucket.take(1, 10, start).is_ok()).count();
        assert_eq!(gentle, 10);
        assert!(bucket.take(1, 0, start).is_ok());
    }
}
