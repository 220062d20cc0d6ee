//! The time of day, as the controller knows it; tests set it.

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// Tells the time of day; passed to whoever needs it, so that tests can set it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that shows `start` now and goes on with tokio's time, paused or not.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        let begun = Instant::now();
        Self(Arc::new(move || start.saturating_add(begun.elapsed()).unwrap_or(start)))
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
