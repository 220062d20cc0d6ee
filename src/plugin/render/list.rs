//! Many roots, one line each.

use super::age::age;
use super::columns::{self, Cell, Last};
use super::text::Tone;
use super::{Look, shared, words};
use crate::report::{BlameReport, Display, Verdict};
use std::io::{self, Write};

/// How many roots a terminal shows: the worst stand on top, and would scroll away. A file or a
/// pipe gets all of them.
const MAX_ROWS: usize = 100;

/// Writes one line for each root, the worst first.
///
/// # Errors
/// Those of the writer.
pub fn list(
    out: &mut impl Write,
    reports: &[&BlameReport],
    wide: bool,
    look: &Look,
) -> io::Result<()> {
    let mut reports = reports.to_vec();
    reports.sort_by_key(|report| severity(report));
    let first = reports.first().and_then(|r| r.metadata.namespace.as_deref());
    let namespaces = reports.iter().any(|r| r.metadata.namespace.as_deref() != first);
    let mut header = vec!["NAME", "VERDICT", "READY", "SINCE"];
    if namespaces {
        header.insert(0, "NAMESPACE");
    }
    if wide {
        header.extend(["BY", "TRIGGER"]);
    }
    header.push("WHY");
    let room = look.width.map_or(reports.len(), |_| MAX_ROWS);
    let rows: Vec<Vec<Cell>> =
        reports.iter().take(room).map(|report| row(report, namespaces, wide, look)).collect();
    columns::write(out, &header, &rows, columns::MIN_LAST, Last::Wrapped, look)?;
    let more = reports.len().saturating_sub(room);
    if more > 0 {
        writeln!(out, "and {more} more: choose with a kind, -n or -l, or see all with | cat")?;
    }
    shared::write(out, &reports, look)
}

/// Worst first; within that the newest trouble first.
fn severity(report: &BlameReport) -> impl Ord + use<> {
    let status = report.status.as_ref();
    let rank = status.map_or(3, |status| match status.verdict {
        Verdict::Failing => 0,
        Verdict::Stuck => 1,
        Verdict::Unknown => 2,
        Verdict::Progressing => 4,
        Verdict::Healthy => 5,
    });
    (rank, std::cmp::Reverse(status.map(|s| s.since)))
}

fn row(report: &BlameReport, namespaces: bool, wide: bool, look: &Look) -> Vec<Cell> {
    let plain = |text: &str| (Tone::Plain, text.to_owned());
    let root = &report.spec.root;
    let mut row = Vec::new();
    if namespaces {
        row.push(plain(report.metadata.namespace.as_deref().unwrap_or_default()));
    }
    row.push((Tone::Name, format!("{}/{}", root.kind.to_ascii_lowercase(), root.name)));
    let Some(status) = &report.status else {
        row.push((Tone::Unsure, "Unknown".to_owned()));
        row.extend(vec![plain("-"); if wide { 4 } else { 2 }]);
        row.push(plain("not judged yet"));
        return row;
    };
    let none = Display::default();
    let display = status.display.as_ref().unwrap_or(&none);
    let or_dash = |text: Option<&str>| text.filter(|t| !t.is_empty()).unwrap_or("-").to_owned();
    row.push((words::verdict(status.verdict).0, status.verdict.to_string()));
    row.push((Tone::Plain, or_dash(Some(&display.ready))));
    row.push((Tone::Plain, age(status.since, look.now)));
    if wide {
        row.push((Tone::Change, or_dash(display.by.as_deref())));
        row.push((Tone::Plain, or_dash(display.trigger.as_deref())));
    }
    row.push(plain(&status.summary));
    row
}
