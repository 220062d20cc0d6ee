//! What is seen: each command as it could be typed, and its answer.

use crate::home::Home;
use local_cluster::Error;
use std::io::{IsTerminal as _, Write as _};

/// Tells on stderr what is being waited for.
pub(crate) fn progress(what: &str) {
    eprintln!("demo: {what}");
}

/// Prints a command as it is typed, runs it, and lets its answer follow.
///
/// `diff` ends with 1 when it has something to say; every other command must succeed.
pub(crate) fn show(home: &Home, line: &str) -> Result<(), Error> {
    let (dim, bold, plain) = if std::io::stdout().is_terminal() {
        ("\u{1b}[2m", "\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "", "")
    };
    let mut out = std::io::stdout().lock();
    // Whoever closed stdout does not want to be told.
    _ = writeln!(out, "\n{dim}${plain} {bold}{line}{plain}");
    _ = out.flush();
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let failed = |how: String| Error::new(format!("{line}: {how}"));
    let status = home
        .command(program)
        .args(words)
        .status()
        .map_err(|error| failed(format!("could not be run: {error}")))?;
    if status.success() || program == "diff" && status.code() == Some(1) {
        return Ok(());
    }
    Err(failed(status.to_string()))
}
