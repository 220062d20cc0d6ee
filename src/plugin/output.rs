//! Reports in the form that was asked for.

mod jsonpath;

use super::args::Output;
use super::failure::Failure;
use super::find::{self, Found};
use super::render::{self, Look};
use crate::report::{BlameReport, GROUP};
use serde::Serialize;
use std::io::Write;

/// Writes what was asked for by name.
pub(super) fn found(
    out: &mut impl Write,
    found: &[Found],
    output: &Output,
    look: &Look,
) -> Result<(), Failure> {
    let reports = find::distinct(found);
    match output {
        Output::Tree => {
            for (index, found) in found.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                match &found.pod {
                    Some(pod) => render::pod(out, &found.report, pod, look)?,
                    None => render::root(out, &found.report, look)?,
                }
            }
            Ok(())
        }
        Output::Json | Output::Yaml | Output::JsonPath(_) => match *reports {
            [report] => write_value(out, report, output),
            _ => write_value(out, &List::of(&reports), output),
        },
        Output::Wide | Output::Name => rows(out, &reports, output, look),
    }
}

/// Writes a list; without a kind only what is not healthy is shown to people. `nothing` is said
/// where there is none.
pub(super) fn list(
    out: &mut impl Write,
    reports: &[BlameReport],
    only_unwell: bool,
    nothing: &str,
    output: &Output,
    look: &Look,
) -> Result<(), Failure> {
    let all: Vec<&BlameReport> = reports.iter().collect();
    if matches!(output, Output::Json | Output::Yaml | Output::JsonPath(_)) {
        return write_value(out, &List::of(&all), output);
    }
    let shown: Vec<&BlameReport> =
        all.iter().filter(|report| !only_unwell || !is_healthy(report)).copied().collect();
    if shown.is_empty() && *output != Output::Name {
        let said = match all.len() {
            0 => nothing.to_owned(),
            1 => "the only workload is healthy".to_owned(),
            n => format!("all {n} workloads are healthy"),
        };
        writeln!(out, "{said}")?;
        return Ok(());
    }
    rows(out, &shown, output, look)
}

/// What is said where there are no workloads at all.
pub(super) const NOTHING: &str = "no workloads found";

fn rows(
    out: &mut impl Write,
    reports: &[&BlameReport],
    output: &Output,
    look: &Look,
) -> Result<(), Failure> {
    match output {
        Output::Name => {
            for report in reports {
                writeln!(out, "blamereport.{GROUP}/{}", report.metadata.name)?;
            }
        }
        _ => render::list(out, reports, *output == Output::Wide, look)?,
    }
    Ok(())
}

fn is_healthy(report: &BlameReport) -> bool {
    use crate::report::Verdict;
    report.status.as_ref().is_some_and(|status| status.verdict == Verdict::Healthy)
}

/// A `List` as kubectl prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'r> {
    api_version: &'static str,
    kind: &'static str,
    items: &'r [&'r BlameReport],
}

impl<'r> List<'r> {
    fn of(items: &'r [&'r BlameReport]) -> Self {
        Self { api_version: "v1", kind: "List", items }
    }
}

pub(super) fn write_value(
    out: &mut impl Write,
    value: &impl Serialize,
    output: &Output,
) -> Result<(), Failure> {
    let text = match output {
        Output::JsonPath(template) => {
            let value = serde_json::to_value(value).map_err(Failure::new)?;
            // As kubectl: the template says where lines end.
            write!(out, "{}", jsonpath::filled(template, &value)?)?;
            return Ok(());
        }
        Output::Yaml => serde_saphyr::to_string(value).map_err(Failure::new)?,
        _ => serde_json::to_string_pretty(value).map_err(Failure::new)?,
    };
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}
