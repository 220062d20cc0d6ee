//! What is seen: each command as it could be typed, and its answer.

use crate::home::Home;
use local_cluster::Error;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitStatus;

/// Tells on stderr what is being waited for.
pub(crate) fn progress(what: &str) {
    eprintln!("demo: {what}");
}

/// Prints a command as it is typed, runs it, and lets its answer follow. It must succeed.
pub(crate) fn show(home: &Home, line: &str) -> Result<(), Error> {
    let status = run(home, line)?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("{line}: {status}"))) }
}

/// The same for a command whose exit code is a part of its answer.
pub(crate) fn show_whatever_it_says(home: &Home, line: &str) -> Result<(), Error> {
    let status = run(home, line)?;
    // By a signal nothing was answered.
    status.code().map(drop).ok_or_else(|| Error::new(format!("{line}: {status}")))
}

fn run(home: &Home, line: &str) -> Result<ExitStatus, Error> {
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
    let status = home.command(program).args(words).status();
    status.map_err(|error| Error::new(format!("{line}: could not be run: {error}")))
}
