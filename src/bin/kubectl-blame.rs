//! The kubectl plugin: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubeblame::plugin::run(std::env::args_os())
}
