//! `kubectl blame fields`: git-blame of the live object, field by field.
//!
//! Beside each line stands which manager wrote it last, how and when, from the
//! object's `managedFields`. A manager's name is a claim, not an identity. For a pod
//! its containers' origins come first, and each field says whether the template it was
//! made from has it. The values of a Secret are never shown.

mod lines;
mod origin;

use super::Done;
use super::judged::{self, Source};
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::find;
use crate::plugin::kinds::Target;
use crate::plugin::live::cluster::Answer;
use crate::plugin::live::compute::Computer;
use crate::plugin::live::{absent, reported, until_interrupted};
use crate::plugin::offline::Stored;
use crate::plugin::output::write_value;
use crate::plugin::render::text::{Text, Tone};
use crate::plugin::render::{Look, age, pod};
use crate::replay::Replay;
use crate::report::BlameReport;
use clap::Args;
use jiff::Timestamp;
use lines::Line;
use origin::Origins;
use serde_json::{Value, json};
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame fields deploy/web
  kubectl blame fields deploy/web --path spec.template.spec.containers[main]
  kubectl blame fields configmap/settings --status
  kubectl blame fields pod/web-5dc58545d4-lcj9b     and where its containers come from
  kubectl blame fields -f dump.yaml deploy/web";

/// The widest column of managers.
const MAX_GUTTER: usize = 44;

/// Arguments of `fields`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// Which object: any kind, deploy/web or configmap settings
    #[arg(value_name = "KIND/NAME", required = true)]
    resource: Vec<String>,

    // No doc comment: rustdoc would take the brackets for a link.
    #[arg(
        long,
        value_name = "PATH",
        help = "Only fields at or below this path, e.g. spec.template.spec.containers[main].image"
    )]
    path: Option<String>,

    /// The status too
    #[arg(long)]
    status: bool,

    #[command(flatten)]
    source: Source,
}

/// What is shown, and what is known besides.
struct Known {
    object: Value,
    report: Option<BlameReport>,
    origins: Option<Origins>,
    now: Timestamp,
}

pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let (target, name) = judged::one(&arguments.resource)?;
    let is_for_people = matches!(common.output, Output::Tree | Output::Wide);
    let with_report = is_for_people && arguments.path.is_none();
    let known = if arguments.source.filename.is_empty() {
        until_interrupted(from_cluster(&target, &name, common, with_report))
    } else {
        from_files(&target, &name, &arguments.source, common, with_report)
    };
    let Known { object, report, origins, now } = known?;
    let mut lines = lines::of(&object, arguments.status);
    if let Some(path) = &arguments.path {
        let path = path.trim_start_matches('.');
        lines.retain(|line| line.is_at(path));
        if lines.is_empty() {
            return Err(Failure::new(format!("{name} has no field {path:?}")));
        }
    }
    let look = Look { now, ..look.clone() };
    if is_for_people {
        containers(out, report.as_ref(), &name, &look)?;
        show(out, &lines, origins.as_ref(), &look)?;
    } else {
        let fields: Vec<Value> = lines
            .iter()
            .filter(|line| line.is_leaf)
            .map(|line| as_json(line, origins.as_ref()))
            .collect();
        write_value(out, &fields, &common.output)?;
    }
    Ok(Done::WELL)
}

async fn from_cluster(
    target: &Target,
    name: &str,
    common: &Common,
    with_report: bool,
) -> Result<Known, Failure> {
    let (cluster, namespace, resource) = judged::connect(target, common).await?;
    let text = match cluster.get(&resource, Some(&namespace), name).await? {
        Answer::Found(text) => text,
        Answer::Forbidden(why) => return Err(Failure::new(why)),
        Answer::NoObject | Answer::NoKind => {
            return Err(absent::not_found(&cluster, &resource, &namespace, name).await);
        }
    };
    let object: Value = serde_json::from_str(&text).map_err(Failure::new)?;
    let (mut report, mut origins) = (None, None);
    if resource.kind == "Pod" {
        if with_report {
            report = reported::one(&cluster, &resource, &namespace, name).await?.ok();
            if report.is_none() {
                report = Computer::new(&cluster, &namespace).one(&resource, name).await.ok();
            }
        }
        origins = Origins::read(&cluster, &object, &namespace).await?;
    }
    let report = report.map(|found| found.report);
    Ok(Known { object, report, origins, now: cluster.now() })
}

fn from_files(
    target: &Target,
    name: &str,
    source: &Source,
    common: &Common,
    with_report: bool,
) -> Result<Known, Failure> {
    let stored = Stored::read(&source.filename, source.now)?;
    let namespace = common.namespace.as_deref();
    let object = stored.named(&target.kind, name, namespace)?.clone();
    let Replay { graph, now } = &stored.replay;
    let (mut report, mut origins) = (None, None);
    if object["kind"] == "Pod" {
        if with_report {
            report = find::named(graph, *now, &target.kind, name, namespace).ok();
        }
        origins = Origins::stored(&stored, &object);
    }
    Ok(Known { object, report: report.map(|found| found.report), origins, now: *now })
}

fn as_json(line: &Line, origins: Option<&Origins>) -> Value {
    let owners: Vec<Value> = line
        .owners
        .iter()
        .map(|o| json!({ "manager": o.manager, "operation": o.operation, "time": o.time }))
        .collect();
    let mut field = json!({ "path": line.path, "managers": owners });
    if let Some(word) = origins.map(|o| o.word(line)).filter(|word| !word.is_empty()) {
        field["origin"] = json!(word);
    }
    field
}

/// Where the containers of a pod come from.
fn containers(
    out: &mut impl Write,
    report: Option<&BlameReport>,
    name: &str,
    look: &Look,
) -> Result<(), Failure> {
    let Some(report) = report else { return Ok(()) };
    let revisions = report.status.iter().flat_map(|status| &status.revisions);
    let mut has_any = false;
    for revision in revisions {
        for detail in revision.pod_details.iter().filter(|detail| detail.name == name) {
            for container in &detail.containers {
                let text = pod::origin(container, revision, &report.spec.root);
                for line in text.lines(look, look.width) {
                    writeln!(out, "{line}")?;
                }
                has_any = true;
            }
        }
    }
    if has_any {
        writeln!(out)?;
    }
    Ok(())
}

fn show(
    out: &mut impl Write,
    lines: &[Line],
    origins: Option<&Origins>,
    look: &Look,
) -> Result<(), Failure> {
    let gutters: Vec<Text> = lines.iter().map(|line| gutter(line, look)).collect();
    let widest = gutters.iter().map(|text| text.width(look)).max().unwrap_or(0).min(MAX_GUTTER);
    for (line, gutter) in lines.iter().zip(gutters) {
        let pad = widest.saturating_sub(gutter.width(look)) + 2;
        let origin = origins.map(|origins| format!("{:<8}  ", origins.word(line)));
        let text = gutter
            .and(Tone::Plain, " ".repeat(pad))
            .and(Tone::Aside, origin.unwrap_or_default())
            .and(Tone::Plain, &line.text);
        for line in text.lines(look, None) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// `kubectl-client-side-apply 4m (Update)`, the newest of several and how many more.
fn gutter(line: &Line, look: &Look) -> Text {
    let Some(newest) = line.owners.first() else { return Text::default() };
    let when = newest.time.map(|at| format!(" {}", age::age(at.into(), look.now)));
    let more = match line.owners.len() {
        1 => String::new(),
        n => format!(" +{}", n - 1),
    };
    let how = if newest.operation == "Apply" { " apply" } else { "" };
    Text::default()
        .and(Tone::Change, &newest.manager)
        .and(Tone::Aside, format!("{how}{}{more}", when.unwrap_or_default()))
}
