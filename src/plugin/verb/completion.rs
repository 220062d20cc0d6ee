//! `kubectl blame completion`: what a shell needs to complete words.
//!
//! The scripts ask the program, as kubectl does: so names of objects are offered too, and what
//! is offered is the same everywhere.

use super::Done;
use crate::plugin::failure::Failure;
use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  source <(kubectl blame completion bash)                  for kubectl-blame typed with a dash
  kubectl blame completion kubectl > ~/bin/kubectl_complete-blame && chmod +x $_
                                                           for kubectl blame <TAB>, names included";

/// What kubectl 1.26 and later asks for the words of a plugin.
const FOR_KUBECTL: &str = "#!/bin/sh\nexec kubectl-blame __complete \"$@\"\n";

const BASH: &str = include_str!("completion/bash.sh");
const ZSH: &str = include_str!("completion/zsh.sh");
const FISH: &str = include_str!("completion/fish.fish");

/// The program as the shells know it.
const PROGRAM: &str = "kubectl-blame";

/// For whom the words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reader {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    /// An executable to be called `kubectl_complete-blame`
    Kubectl,
}

/// Arguments of `completion`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// For which shell, or for kubectl itself
    #[arg(value_enum, value_name = "SHELL")]
    reader: Reader,
}

pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Done, Failure> {
    match arguments.reader {
        Reader::Bash => out.write_all(BASH.as_bytes())?,
        Reader::Zsh => out.write_all(ZSH.as_bytes())?,
        Reader::Fish => out.write_all(FISH.as_bytes())?,
        Reader::Kubectl => out.write_all(FOR_KUBECTL.as_bytes())?,
        Reader::PowerShell => {
            // The generator would panic on a closed pipe: it writes to memory.
            let mut script = Vec::new();
            let mut command = crate::plugin::plain_command().bin_name(PROGRAM);
            generate(Shell::PowerShell, &mut command, PROGRAM, &mut script);
            out.write_all(&script)?;
        }
    }
    Ok(Done::WELL)
}
