//! `kubectl blame logs`: the last lines of the containers that are blamed.

use super::Done;
use super::judged;
use super::wait::write_log;
use super::writers::writers;
use crate::graph::Graph;
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::live::cluster::Cluster;
use crate::plugin::live::compute::Computer;
use crate::plugin::live::logs::{self, Heard, Tail, Writer, of_run};
use crate::plugin::live::{AGAIN, note, reported, resource, until_interrupted};
use crate::plugin::output::write_value;
use crate::plugin::render::Look;
use crate::plugin::render::text::{Text, Tone};
use crate::report::BlameReport;
use clap::Args;
use kube::Api;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame logs deploy/web                the run that failed, and the one that runs now
  kubectl blame logs deploy/web --lines 100
  kubectl blame logs -f deploy/web             from run to run, until Ctrl-C
  kubectl blame logs pod/web-5dc58545d4-lcj9b -c main";

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// Whose failing containers to show: deploy/web, or deployment web
    #[arg(value_name = "KIND/NAME", required = true)]
    resource: Vec<String>,

    /// Only this container
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,

    /// How many lines of each run
    #[arg(long, visible_alias = "tail", default_value_t = 30, value_name = "N")]
    lines: u32,

    /// Go on with what these containers write, from run to run
    #[arg(short, long)]
    follow: bool,

    /// Compute who is to blame here, even where the controller has reported
    #[arg(long)]
    local: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    if let Some(file) = arguments.resource.iter().find(|word| Path::new(word).is_file()) {
        return Err(Failure::new(format!(
            "{file} is a file, and files hold no logs: -f follows here; read it with kubectl blame -f {file}"
        )));
    }
    if arguments.follow && !matches!(common.output, Output::Tree | Output::Wide | Output::Json) {
        return Err(Failure::new("-f writes text, or with -o json one line as one object"));
    }
    let (target, name) = judged::one(&arguments.resource)?;
    until_interrupted(async {
        let (cluster, namespace, resource) = judged::connect(&target, common).await?;
        let (report, pod, graph) =
            known(&cluster, &resource, &namespace, &name, arguments.local).await?;
        let writers = chosen(writers(&report, &graph), pod.as_ref(), arguments);
        if arguments.follow && !writers.is_empty() {
            return follow(&cluster, &namespace, writers, arguments.lines, common, look, out).await;
        }
        let mut logs = Vec::new();
        for writer in &writers {
            let (before, now) = (true, false);
            let any = |_: &str| true;
            let lines = arguments.lines;
            let earlier = of_run(&cluster, &namespace, writer, before, lines, any).await?;
            let present = of_run(&cluster, &namespace, writer, now, lines, any).await?;
            logs.extend(distinct(earlier, present));
        }
        show(out, &report, &logs, common, look)
    })?;
    Ok(Done::WELL)
}

/// The containers whose logs are shown.
fn chosen(mut writers: Vec<Writer>, pod: Option<&String>, arguments: &Arguments) -> Vec<Writer> {
    if let Some(pod) = pod {
        // The pod that was asked for, rather than an example of its like.
        for writer in &mut writers {
            writer.pod.clone_from(pod);
        }
        writers.dedup_by(|a, b| a.container == b.container);
    }
    if let Some(container) = &arguments.container {
        writers.retain(|writer| writer.container == *container);
    }
    writers
}

/// Writes what the containers write, each line with its source where there are several.
async fn follow(
    cluster: &Cluster,
    namespace: &str,
    writers: Vec<Writer>,
    lines: u32,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (sender, mut heard) = mpsc::channel(64);
    let has_several = writers.len() > 1;
    let mut tasks = JoinSet::new();
    for writer in writers {
        let api = Api::namespaced(cluster.client.clone(), namespace);
        tasks.spawn(logs::follow(api, writer, lines, sender.clone()));
    }
    drop(sender);
    let mut is_away = false;
    while let Some((writer, words)) = heard.recv().await {
        match words {
            Heard::Line(line) if common.output == Output::Json => {
                let Writer { pod, container, .. } = writer;
                writeln!(out, "{}", json!({ "pod": pod, "container": container, "line": line }))?;
            }
            Heard::Line(line) => {
                let mut text = Text::default();
                if has_several {
                    let from = format!("[{} {}] ", writer.pod, writer.container);
                    text = text.and(Tone::Name, from);
                }
                for line in text.and(Tone::Plain, line).lines(look, None) {
                    writeln!(out, "{line}")?;
                }
            }
            Heard::End(why) => note(&why),
            // Of several logs one speaks for the server.
            Heard::Away(why) if !std::mem::replace(&mut is_away, true) => {
                note(&format!("{why}: trying again"));
            }
            Heard::Back if std::mem::take(&mut is_away) => note(AGAIN),
            Heard::Away(_) | Heard::Back => {}
        }
        out.flush()?;
    }
    Ok(())
}

/// The report, the pod where one was asked for, and what is known besides.
async fn known(
    cluster: &Cluster,
    resource: &resource::Resource,
    namespace: &str,
    name: &str,
    local: bool,
) -> Result<(BlameReport, Option<String>, Graph), Failure> {
    if !local && let Ok(found) = reported::one(cluster, resource, namespace, name).await? {
        return Ok((found.report, found.pod, Graph::new()));
    }
    let mut computer = Computer::new(cluster, namespace);
    let found = computer.one(resource, name).await?;
    Ok((found.report, found.pod, computer.graph))
}

/// Between two runs the log of the last one is that of both.
fn distinct(
    earlier: Result<Tail, String>,
    present: Result<Tail, String>,
) -> Vec<Result<Tail, String>> {
    match (earlier, present) {
        (Ok(earlier), Ok(present)) if earlier.lines == present.lines => vec![Ok(earlier)],
        (Ok(earlier), Ok(present)) => vec![Ok(earlier), Ok(present)],
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => vec![Ok(one)],
        (Err(_), Err(why)) => vec![Err(why)],
    }
}

fn show(
    out: &mut impl Write,
    report: &BlameReport,
    logs: &[Result<Tail, String>],
    common: &Common,
    look: &Look,
) -> Result<(), Failure> {
    if !matches!(common.output, Output::Tree | Output::Wide | Output::Name) {
        let all: Vec<_> = logs
            .iter()
            .map(|log| match log {
                Ok(tail) => json!({
                    "pod": tail.pod, "container": tail.container, "previous": tail.previous,
                    "lines": tail.lines,
                }),
                Err(why) => json!({ "error": why }),
            })
            .collect();
        return write_value(out, &all, &common.output);
    }
    let root = &report.spec.root;
    if logs.is_empty() {
        let text = Text::default()
            .and(Tone::Name, format!("{} {}", root.kind, root.name))
            .and(Tone::Plain, ": no container that ran is blamed; see kubectl logs");
        for line in text.lines(look, look.width) {
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    for (index, log) in logs.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_log(out, log, look)?;
    }
    Ok(())
}
