//! The one error of this crate: a sentence, and the end of a component's log.

use std::fmt;
use std::path::Path;

/// Lines of a log that are shown: enough for a stack trace's first page.
const TAIL_LINES: usize = 15;

/// What failed, as one sentence, with the end of the log that tells more.
pub struct Error {
    sentence: String,
    tail: Option<String>,
}

impl Error {
    /// An error that is told by one sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), tail: None }
    }

    pub(crate) fn of(what: impl fmt::Display, source: impl fmt::Display) -> Self {
        Self::new(format!("{what}: {source}"))
    }

    pub(crate) fn with_log(mut self, log: &Path) -> Self {
        if let Ok(text) = std::fs::read(log) {
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<&str> = text.lines().collect();
            let from = lines.len().saturating_sub(TAIL_LINES);
            self.tail = Some(format!("the end of {}:\n{}", name(log), lines[from..].join("\n")));
        }
        self
    }
}

fn name(log: &Path) -> String {
    log.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.sentence)?;
        match &self.tail {
            Some(tail) => write!(out, "; {tail}"),
            None => Ok(()),
        }
    }
}

/// A test or a `main` that returns an error prints its Debug: let that be readable.
impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for Error {}

/// Tells something on stderr that must be seen in time. Unlike `eprintln!` it is
/// not kept back by the test runner: a build of minutes looks like a hang there.
pub(crate) fn tell(line: &str) {
    use std::io::Write as _;
    // Whoever closed stderr does not want to be told.
    _ = writeln!(std::io::stderr(), "{line}");
}
