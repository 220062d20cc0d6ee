//! The controller's flags; each is also an environment variable.

mod process;

pub use process::{Election, Serving};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What the controller does, for `--help`.
const ABOUT: &str = "Which change, by whom, broke which container: one BlameReport per workload";
/// The same, at length.
const LONG_ABOUT: &str = "\
Which change, by whom, broke which container: one BlameReport per workload.

Watches workloads, their revisions and pods, and whatever can break them, and keeps one BlameReport \
beside each workload that says how it is doing and, when it is broken, which change did it and who \
made it.

Every flag can also be given as an environment variable, shown in brackets.";

/// The command line: the controller's flags, or a subcommand with its own.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "kubeblame",
    bin_name = "kubeblame",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// The controller, unless something else is asked for.
    #[command(flatten)]
    pub config: Config,
    /// What else is asked for.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program does besides being the controller.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Write down what the watches of some namespaces say, for a bug report.
    ///
    /// Writes JSON lines that `kubectl blame -f` and `kubectl blame replay` read, until it is
    /// interrupted. Values are left out: a Secret keeps only its metadata, and values of
    /// `ConfigMap`s and of environments, commands and arguments become placeholders.
    Record(Record),
    /// Print the CRD, or bring the cluster's up to date.
    ///
    /// Helm installs what is in `crds/` once and never upgrades it; the chart runs this instead.
    Crd(Crd),
}

/// Which cluster a subcommand speaks to.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// Kubeconfig file. Without it: $KUBECONFIG, ~/.kube/config, or the pod's own service account.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Context of the kubeconfig. Without it: the current one.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// What is done with the CRD.
#[derive(Clone, Debug, Args)]
pub struct Crd {
    /// Which cluster.
    #[command(flatten)]
    pub target: Target,

    /// Apply it to the cluster instead of printing it.
    #[arg(long)]
    pub apply: bool,
}

/// What is to be recorded, and where to.
#[derive(Clone, Debug, Args)]
pub struct Record {
    /// Which cluster.
    #[command(flatten)]
    pub target: Target,

    /// Namespaces to record, separated by commas. Without it: all of them.
    #[arg(
        short,
        long = "namespace",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = namespace
    )]
    pub namespaces: Vec<String>,

    /// File to write. Without it: standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write what there is at this moment, as YAML, and end.
    #[arg(long)]
    pub dump: bool,
}

/// The controller's flags.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Kubeconfig file. Without it: $KUBECONFIG, ~/.kube/config, or the pod's own service account.
    #[arg(long, env = "KUBEBLAME_KUBECONFIG", value_name = "FILE", help_heading = "Cluster")]
    pub kubeconfig: Option<PathBuf>,

    /// Context of the kubeconfig. Without it: the current one.
    #[arg(long, env = "KUBEBLAME_CONTEXT", value_name = "NAME", help_heading = "Cluster")]
    pub context: Option<String>,

    /// Namespaces to watch, separated by commas. Without it: all of them.
    #[arg(
        long,
        env = "KUBEBLAME_WATCH_NAMESPACES",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = namespace,
        help_heading = "Cluster"
    )]
    pub watch_namespaces: Vec<String>,

    /// Watch Secrets too, their metadata alone: who changed which key, and when. The right
    /// to do so is, in RBAC, the right to read what they hold.
    #[arg(long, env = "KUBEBLAME_WATCH_SECRETS", help_heading = "Cluster")]
    pub watch_secrets: bool,

    /// Which roots get a report.
    #[arg(
        long,
        env = "KUBEBLAME_REPORT_ROOTS",
        value_enum,
        default_value_t,
        value_name = "WHICH",
        help_heading = "Reports"
    )]
    pub report_roots: ReportRoots,

    /// How many requests may write at the same time.
    #[arg(
        long,
        env = "KUBEBLAME_WORKERS",
        default_value_t = 4,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=64),
        help_heading = "Reports"
    )]
    pub workers: u16,

    /// How many writes per second are made at most, after a short burst.
    #[arg(
        long,
        env = "KUBEBLAME_WRITES_PER_SECOND",
        default_value_t = 5,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1000),
        help_heading = "Reports"
    )]
    pub writes_per_second: u32,

    /// How many writes may be made at once before that rate holds.
    #[arg(
        long,
        env = "KUBEBLAME_WRITES_BURST",
        default_value_t = 20,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=10_000),
        help_heading = "Reports"
    )]
    pub writes_burst: u32,

    /// Who of several instances writes.
    #[command(flatten)]
    pub election: Election,

    /// What is served.
    #[command(flatten)]
    pub serving: Serving,

    /// What is logged: error, warn, info, debug or trace, or a list of levels by module.
    #[arg(
        long,
        env = "KUBEBLAME_LOG_LEVEL",
        default_value = "info",
        value_name = "LEVEL",
        value_parser = log_filter,
        help_heading = "Process"
    )]
    pub log_level: String,

    /// How it is logged.
    #[arg(
        long,
        env = "KUBEBLAME_LOG_FORMAT",
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Process"
    )]
    pub log_format: LogFormat,
}

/// Which roots get a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportRoots {
    /// Workloads always; a Job or bare Pod only while something is or was wrong.
    #[default]
    Default,
    /// Every root, Jobs and bare Pods included.
    All,
    /// Workloads only; never a Job or bare Pod.
    Workloads,
}

impl ReportRoots {
    /// Whether a root of `kind` is to have a report, where the judge says `wanted`.
    #[must_use]
    pub fn wants(self, kind: &str, wanted: bool) -> bool {
        let is_single_run = matches!(kind, "Job" | "Pod");
        match self {
            Self::Default => wanted,
            Self::All => true,
            Self::Workloads => wanted && !is_single_run,
        }
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Text,
}

fn namespace(text: &str) -> Result<String, String> {
    let is_label = !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_label { Ok(text.to_owned()) } else { Err("not a namespace's name".to_owned()) }
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_flag_is_also_an_environment_variable() {
        let command = Cli::command();
        command.clone().debug_assert();
        for flag in
            command.get_arguments().filter(|a| !matches!(a.get_id().as_str(), "help" | "version"))
        {
            let name = flag.get_id().as_str().to_uppercase();
            let env = flag.get_env().and_then(|e| e.to_str()).unwrap_or_default();
            assert_eq!(env, format!("KUBEBLAME_{name}"));
        }
    }

    #[test]
    fn a_wrong_value_is_named() {
        for wrong in [
            ["--watch-namespaces", "a,B_"],
            ["--metrics-bind-address", "nowhere"],
            ["--metrics-secure", "maybe"],
            ["--lease-namespace", "-"],
            ["--workers", "0"],
            ["--log-level", "info,=="],
            ["--report-roots", "some"],
        ] {
            let error = Cli::try_parse_from(["kubeblame", wrong[0], wrong[1]]);
            let text = error.expect_err(wrong[1]).to_string();
            assert!(text.contains(wrong[0]), "{text}");
        }
    }
}
