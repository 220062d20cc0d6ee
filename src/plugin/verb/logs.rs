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
use crate::plugin::live::logs::{Tail, of_run};
use crate::plugin::live::{reported, resource, until_interrupted};
use crate::plugin::output::write_value;
use crate::plugin::render::Look;
use crate::plugin::render::text::{Text, Tone};
use crate::report::BlameReport;
use clap::Args;
use serde_json::json;
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame logs deploy/web                the run that failed, and the one that runs now
  kubectl blame logs deploy/web --lines 100
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
    let (target, name) = judged::one(&arguments.resource)?;
    let logs = until_interrupted(async {
        let (cluster, namespace, resource) = judged::connect(&target, common).await?;
        let (report, pod, graph) =
            known(&cluster, &resource, &namespace, &name, arguments.local).await?;
        let mut writers = writers(&report, &graph);
        if let Some(pod) = &pod {
            // The pod that was asked for, rather than an example of its like.
            for writer in &mut writers {
                writer.pod.clone_from(pod);
            }
            writers.dedup_by(|a, b| a.container == b.container);
        }
        if let Some(container) = &arguments.container {
            writers.retain(|writer| writer.container == *container);
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
        Ok((report, logs))
    })?;
    let (report, logs) = logs;
    show(out, &report, &logs, common, look)?;
    Ok(Done::WELL)
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
