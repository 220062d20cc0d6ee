//! The controller, and its recorder.

use clap::Parser as _;
use kubeblame::config::{Cli, Command, LogFormat};
use kubeblame::{record, run};
use std::process::ExitCode;
use std::time::Duration;

/// What is still under way when a signal comes ends within this time.
const END_TIMEOUT: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let runtime = tokio::runtime::Runtime::new().expect("the system gives threads and a poll");
    let result = match command {
        None => {
            run::start_log(&config.log_level, config.log_format);
            runtime.block_on(run::run(config))
        }
        Some(Command::Crd(ask)) => {
            run::start_log("info", LogFormat::Text);
            runtime.block_on(run::install_crd(ask))
        }
        Some(Command::Record(ask)) => {
            run::start_log("info", LogFormat::Text);
            runtime.block_on(record::record(ask))
        }
    };
    runtime.shutdown_timeout(END_TIMEOUT);
    if let Err(error) = result {
        tracing::error!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
