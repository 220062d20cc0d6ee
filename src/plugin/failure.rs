//! Why there is no answer.

use std::fmt::Display;
use std::io;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// One sentence that says what to do.
    Said(String),
    /// What was asked for is not there; one sentence.
    NotFound(String),
    /// The API server did not answer; one sentence.
    Unreached(String),
    /// Ctrl-C.
    Interrupted,
    /// The reader of the answer went away (`| head`): no failure at all.
    Closed,
}

impl Failure {
    pub(super) fn new(message: impl Display) -> Self {
        Self::Said(message.to_string())
    }
}

impl From<io::Error> for Failure {
    /// Errors of writing the answer.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Said(unwritten(&error)),
        }
    }
}

/// What is said of an answer that cannot be written.
pub(super) fn unwritten(error: &io::Error) -> String {
    format!("the answer cannot be written: {error}")
}
