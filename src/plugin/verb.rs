//! The commands below `kubectl blame`, one file each.

mod completion;
mod diff;
mod fields;
mod history;
mod judged;
mod kstatus;
mod logs;
mod replay;
mod tree;
mod wait;
mod writers;

use super::args::Common;
use super::failure::Failure;
use super::find::nearest;
use super::render::Look;
use clap::Subcommand;
use std::io::Write;

/// How a command ended that answered.
pub(super) struct Done {
    /// The exit code.
    pub(super) code: u8,
    /// A sentence for stderr.
    pub(super) message: Option<String>,
}

impl Done {
    pub(super) const WELL: Self = Self { code: 0, message: None };
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Wait until all are healthy, or one has failed for good
    #[command(after_help = wait::EXAMPLES)]
    Wait(wait::Arguments),
    /// What an object made, of any kind, with readiness and age
    #[command(after_help = tree::EXAMPLES)]
    Tree(tree::Arguments),
    /// The revisions: what each changed, by whom, when, and how it ended
    #[command(after_help = history::EXAMPLES)]
    History(judged::Subject),
    /// What changed between two revisions
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Arguments),
    /// The last lines of the containers that are blamed
    #[command(after_help = logs::EXAMPLES)]
    Logs(logs::Arguments),
    /// Who wrote which field of an object, and when
    #[command(after_help = fields::EXAMPLES)]
    Fields(fields::Arguments),
    /// Play a recorded watch stream as a live view
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Arguments),
    /// What a shell needs to complete words
    #[command(after_help = completion::EXAMPLES)]
    Completion(completion::Arguments),
}

/// The command that is most like a word.
pub(super) fn like(word: &str) -> Option<String> {
    let names: Vec<String> = Verb::augment_subcommands(clap::Command::new(""))
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    nearest(word, names.iter().map(String::as_str)).first().map(|name| (*name).to_owned())
}

impl Verb {
    /// The word for it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Wait(_) => "wait",
            Self::Tree(_) => "tree",
            Self::History(_) => "history",
            Self::Diff(_) => "diff",
            Self::Logs(_) => "logs",
            Self::Fields(_) => "fields",
            Self::Replay(_) => "replay",
            Self::Completion(_) => "completion",
        }
    }

    /// Does it.
    pub(super) fn run(
        &self,
        common: &Common,
        look: &Look,
        out: &mut impl Write,
    ) -> Result<Done, Failure> {
        match self {
            Self::Wait(arguments) => wait::run(arguments, common, look, out),
            Self::Tree(arguments) => tree::run(arguments, common, look, out),
            Self::History(subject) => history::run(subject, common, look, out),
            Self::Diff(arguments) => diff::run(arguments, common, look, out),
            Self::Logs(arguments) => logs::run(arguments, common, look, out),
            Self::Fields(arguments) => fields::run(arguments, common, look, out),
            Self::Completion(arguments) => completion::run(arguments, out),
            Self::Replay(arguments) => replay::run(arguments, common, look, out),
        }
    }
}
