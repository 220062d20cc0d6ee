//! `kubectl blame`: the answer on a terminal, from a cluster or from a file.
//!
//! Answers go to stdout, messages to stderr. Nothing is ever written to the
//! cluster. What is shown is a [`BlameReport`](crate::report::BlameReport),
//! whoever made it: the controller, or the same core in this process.

mod args;
mod complete;
mod failure;
mod find;
mod kinds;
mod live;
mod offline;
mod output;
pub mod render;
mod span;
mod terminal;
mod verb;
mod view;

use crate::observe::clean;
use anstream::AutoStream;
use args::{Args, Cli};
use clap::{CommandFactory, FromArgMatches};
use failure::Failure;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use verb::Done;

/// How a program says that Ctrl-C ended it.
const INTERRUPTED: u8 = 130;

/// The plugin's name in krew, where `blame` is another program.
const OTHER_NAME: &str = "kubectl-kubeblame";
/// The names under which kubectl asks for the words that may stand next.
const COMPLETE_NAMES: &[&str] = &["kubectl_complete-blame", "kubectl_complete-kubeblame"];
/// The same as a word, for a script of that name.
const COMPLETE_WORD: &str = "__complete";

/// Runs the plugin: parses its arguments, answers, and says how it ended.
#[must_use]
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    if let Some(words) = to_complete(&args) {
        // kubectl reads the words; there is nobody to tell of a failure.
        let _ = complete::write(&words, &mut io::stdout().lock());
        return ExitCode::SUCCESS;
    }
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return say(&error),
    };
    // Who colours and redraws knows where that may be; a console of Windows has to be told, too.
    let mut out = io::BufWriter::new(AutoStream::always_ansi(io::stdout().lock()));
    let answered = answer(&cli, &mut out);
    // What was answered stands before what went wrong.
    let answered = match (answered, out.flush()) {
        // Where nobody reads the answer any more, the exit code still tells.
        (Ok(_), Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        (answered, _) => answered,
    };
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

/// Says what is wrong with the command line; help and version are answers.
fn say(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(broken) if !error.use_stderr() && broken.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: {}", failure::unwritten(&broken));
            ExitCode::FAILURE
        }
        _ => ExitCode::from(u8::from(error.use_stderr())),
    }
}

/// Reads the command line; help speaks of the name that was typed.
fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = plain_command();
    if args.first().is_some_and(|program| stem(program) == Some(OTHER_NAME)) {
        command = command.bin_name(OTHER_NAME.replacen('-', " ", 1));
    }
    let matches = command.try_get_matches_from(args)?;
    Cli::from_arg_matches(&matches)
}

fn stem(program: &OsString) -> Option<&str> {
    Path::new(program).file_stem()?.to_str()
}

/// The command line as clap knows it: for help, man page, documentation and completion.
#[must_use]
pub fn command() -> clap::Command {
    let mut command = plain_command();
    command.build();
    command
}

/// The same before it knows its own full names: the shells' scripts are for a single word.
fn plain_command() -> clap::Command {
    Cli::command()
}

/// The words to complete, where that is what is asked: by the name kubectl calls, or by the
/// word its little script says.
fn to_complete(args: &[OsString]) -> Option<Vec<String>> {
    let (program, rest) = args.split_first()?;
    let name = stem(program)?;
    let words = match rest.split_first() {
        _ if COMPLETE_NAMES.contains(&name) => rest,
        Some((first, words)) if first == COMPLETE_WORD => words,
        _ => return None,
    };
    Some(words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
}

/// An error where a flag stands before a command and would have no effect there.
fn misplaced(args: &Args, verb: &str) -> Result<(), Failure> {
    let flags = [
        (args.filename.is_empty(), "-f"),
        (!args.local, "--local"),
        (args.container.is_none(), "-c"),
        (!args.watch, "--watch"),
        (args.now.is_none(), "--now"),
    ];
    let misplaced = flags.into_iter().find(|(is_absent, _)| !is_absent);
    misplaced.map_or(Ok(()), |(_, flag)| {
        Err(Failure::new(format!(
            "{flag} before {verb}: write it behind, kubectl blame {verb} {flag} …"
        )))
    })
}

fn answer(cli: &Cli, out: &mut impl Write) -> Result<Done, Failure> {
    let args = &cli.args;
    let look = terminal::look(&args.common);
    match &cli.verb {
        Some(verb) => {
            misplaced(args, verb.name())?;
            return verb.run(&args.common, &look, out);
        }
        None if args.filename.is_empty() => live::answer(args, &look, out)?,
        None => offline::answer(args, &look, out)?,
    }
    Ok(Done::WELL)
}
