//! The command line.

use super::span::Span;
use super::verb::Verb;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args as Group, Parser, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  kubectl blame                           every workload here that is not healthy
  kubectl blame deployment my-busybox     what broke it: from the change down to the containers
  kubectl blame pod my-busybox-f69-jvm    what broke it: from the container back to the change
  kubectl blame deploy/web sts/db -o yaml
  kubectl blame -f dump.yaml deploy/web   the same answer without a cluster";

/// Names which change, by whom, broke which container.
#[derive(Debug, Parser)]
#[command(name = "kubectl-blame", bin_name = "kubectl blame", version, after_help = EXAMPLES)]
#[command(subcommand_value_name = "COMMAND")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) args: Args,

    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// Arguments of the command without a name: the transcripts and the list.
#[derive(Debug, Group)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) common: Common,

    /// What to explain, as kubectl takes it: deploy/web, deployment web, pod x. Nothing: every
    /// workload that is not healthy
    #[arg(value_name = "KIND/NAME")]
    pub(super) resources: Vec<String>,

    /// Read a dump (YAML or JSON of objects and Lists), a recording (watch events as JSON), or a
    /// folder of such, instead of a cluster; - is stdin
    #[arg(short, long = "filename", value_name = "FILE", conflicts_with = "selector")]
    pub(super) filename: Vec<PathBuf>,

    /// Compute the answer here, from a few lists, even where the controller has reported
    #[arg(long, conflicts_with = "filename")]
    pub(super) local: bool,

    /// Only this container of the pods named
    #[arg(short, long, value_name = "NAME")]
    pub(super) container: Option<String>,

    /// Follow what is named until Ctrl-C; it need not exist yet
    #[arg(short, long, conflicts_with = "filename")]
    pub(super) watch: bool,

    /// The clock, with -f: by default the newest time in the data
    #[arg(long, value_name = "TIME", requires = "filename")]
    pub(super) now: Option<Timestamp>,
}

/// Flags of every command.
#[derive(Debug, Default, Group)]
#[command(next_help_heading = "Flags of every command")]
pub(super) struct Common {
    /// The namespace
    #[arg(short, long, global = true)]
    pub(super) namespace: Option<String>,

    /// Every namespace
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub(super) all_namespaces: bool,

    /// Only workloads that carry these labels
    #[arg(short = 'l', long, global = true, value_name = "LABELS")]
    pub(super) selector: Option<String>,

    /// The kubeconfig file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context
    #[arg(long, global = true)]
    pub(super) context: Option<String>,

    /// The kubeconfig's cluster
    #[arg(long, global = true)]
    pub(super) cluster: Option<String>,

    /// The kubeconfig's user
    #[arg(long, global = true)]
    pub(super) user: Option<String>,

    /// Ask as this user
    #[arg(long = "as", global = true, value_name = "USER")]
    pub(super) as_user: Option<String>,

    /// Ask as a member of this group
    #[arg(long, global = true, value_name = "GROUP", requires = "as_user")]
    pub(super) as_group: Vec<String>,

    /// Ask with this bearer token
    #[arg(long, global = true, value_name = "TOKEN", hide_env_values = true)]
    pub(super) token: Option<String>,

    /// Ask this API server
    #[arg(short, long, global = true, value_name = "URL")]
    pub(super) server: Option<String>,

    /// Do not check the API server's certificate
    #[arg(long, global = true)]
    pub(super) insecure_skip_tls_verify: bool,

    /// The certificate authority of the API server
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) certificate_authority: Option<PathBuf>,

    /// How long one request may take, e.g. 30s (0: for ever)
    #[arg(long, global = true, value_name = "TIME")]
    pub(super) request_timeout: Option<Span>,

    /// How to answer
    #[arg(short, long, global = true, value_parser = OutputParser, default_value = "tree")]
    #[arg(value_name = "FORM")]
    pub(super) output: Output,

    /// Whether to use colour; auto also heeds `NO_COLOR`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: When,

    /// Which characters to draw with; auto: boxes on a terminal that has them
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(super) charset: Charset,
}

/// How to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Output {
    /// For people.
    #[default]
    Tree,
    /// One line each, with more columns.
    Wide,
    /// The `BlameReport`, or a List of them.
    Json,
    /// The `BlameReport`, or a List of them.
    Yaml,
    /// Names only.
    Name,
    /// What a template takes out of the `BlameReport`.
    JsonPath(String),
}

/// Reads `tree`, `wide`, `json`, `yaml`, `name` and `jsonpath=TEMPLATE`.
#[derive(Clone, Debug)]
struct OutputParser;

const JSON_PATH: &str = "jsonpath=";

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Output, clap::Error> {
        let text = value.to_str().unwrap_or_default();
        if let Some(template) = text.strip_prefix(JSON_PATH) {
            return Ok(Output::JsonPath(template.to_owned()));
        }
        let names = ["tree", "wide", "json", "yaml", "name", JSON_PATH];
        let one = clap::builder::PossibleValuesParser::new(names);
        Ok(match one.parse_ref(command, arg, value)?.as_str() {
            "wide" => Output::Wide,
            "json" => Output::Json,
            "yaml" => Output::Yaml,
            "name" => Output::Name,
            _ => Output::Tree,
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let help = [
            ("tree", "For people"),
            ("wide", "One line each, with more columns"),
            ("json", "The BlameReport, or a List of them"),
            ("yaml", "The BlameReport, or a List of them"),
            ("name", "Names only"),
            (JSON_PATH, "What a template takes out of the BlameReport, e.g. {.status.verdict}"),
        ];
        Some(Box::new(help.into_iter().map(|(name, help)| PossibleValue::new(name).help(help))))
    }
}

/// Whether to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// Which characters to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Charset {
    #[default]
    Auto,
    Unicode,
    Ascii,
}
