//! Waiting for something to become true, without sleeping longer than needed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Error;

/// Short enough not to be noticed, long enough not to disturb two small cores.
const INTERVAL: Duration = Duration::from_millis(100);

/// Asks until there is an answer; after `patience` the error says for `what` it waited.
///
/// # Errors
/// When the deadline passes without an answer.
pub fn poll<T>(
    what: &str,
    patience: Duration,
    mut ask: impl FnMut() -> Option<T>,
) -> Result<T, Error> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            return Err(Error::new(format!("{what} did not happen within {patience:?}")));
        }
        sleep(INTERVAL);
    }
}
