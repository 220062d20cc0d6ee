//! `kubectl blame`: the answer on a terminal, from a cluster or from a file.
//!
//! Answers go to stdout, messages to stderr. Nothing is ever written to the
//! cluster. What is shown is a [`BlameReport`](crate::report::BlameReport),
//! whoever made it: the controller, or the same core in this process.

mod args;
mod failure;
mod find;
mod kinds;
mod live;
mod offline;
mod output;
pub mod render;
mod terminal;
mod verb;
mod view;

use crate::observe::clean;
use args::Cli;
use clap::Parser;
use failure::Failure;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use verb::Done;

/// How a program says that Ctrl-C ended it.
const INTERRUPTED: u8 = 130;

/// Runs the plugin: parses its arguments, answers, and says how it ended.
#[must_use]
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; a broken pipe while printing them is no failure.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let answered =
        answer(&cli, &mut out).and_then(|done| out.flush().map(|()| done).map_err(Failure::from));
    match answered {
        Ok(done) => {
            if let Some(message) = &done.message {
                let _ = writeln!(io::stderr(), "error: {}", clean(message));
            }
            ExitCode::from(done.code)
        }
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(Failure::Said(message) | Failure::NotFound(message) | Failure::Unreached(message)) => {
            let _ = writeln!(io::stderr(), "error: {}", clean(&message));
            ExitCode::FAILURE
        }
    }
}

fn answer(cli: &Cli, out: &mut impl Write) -> Result<Done, Failure> {
    let args = &cli.args;
    let look = terminal::look(&args.common);
    match &cli.verb {
        Some(verb) => return verb.run(&args.common, &look, out),
        None if args.filename.is_empty() => live::answer(args, &look, out)?,
        None => offline::answer(args, &look, out)?,
    }
    Ok(Done::WELL)
}
