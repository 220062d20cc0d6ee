//! `kubectl blame history`: the revisions, what each changed, by whom, and how it ended.

use super::Done;
use super::judged::{self, Judged, Subject};
use crate::blame;
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::output::write_value;
use crate::plugin::render::text::Tone;
use crate::plugin::render::{Look, age, change, columns, words};
use crate::report::{Episode, FieldChange, RevisionEntry, Status, Verdict};
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame history deploy/web
  kubectl blame history sts/db -o wide     with change causes
  kubectl blame history -f dump.yaml deploy/web";

/// How many changes of a revision its line names.
const MAX_CHANGES: usize = 2;

pub(super) fn run(
    subject: &Subject,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let (target, name) = judged::one(&subject.resource)?;
    let judged = judged::read(&target, &name, &subject.source, common)?;
    let entries = blame::revisions(&judged.graph, &judged.root(), judged.now);
    match &common.output {
        Output::Json | Output::Yaml | Output::JsonPath(_) => {
            write_value(out, &entries, &common.output)?;
        }
        Output::Name => {
            for number in entries.iter().filter_map(|entry| entry.revision) {
                writeln!(out, "{number}")?;
            }
        }
        Output::Tree | Output::Wide => {
            let look = Look { now: judged.now, ..look.clone() };
            table(out, &judged, &entries, common.output == Output::Wide, &look)?;
        }
    }
    Ok(Done::WELL)
}

fn table(
    out: &mut impl Write,
    judged: &Judged,
    entries: &[RevisionEntry],
    wide: bool,
    look: &Look,
) -> Result<(), Failure> {
    if entries.is_empty() {
        let root = &judged.report.spec.root;
        writeln!(out, "{} {} has no revisions", root.kind, root.name)?;
        return Ok(());
    }
    let mut header = vec!["REVISION", "AGE", "BY", "PODS", "ENDED"];
    if wide {
        header.push("CHANGE-CAUSE");
    }
    header.push("CHANGE");
    let dash = || (Tone::Aside, "-".to_owned());
    let rows: Vec<Vec<columns::Cell>> = entries
        .iter()
        .map(|entry| {
            let number = entry.revision.map_or_else(
                || entry.controller.as_ref().and_then(|c| c.name.clone()).unwrap_or_default(),
                |number| number.to_string(),
            );
            let mark = if entry.current { "*" } else { "" };
            let mut row = vec![
                (Tone::Name, format!("{number}{mark}")),
                entry.created_at.map_or_else(dash, |at| (Tone::Plain, age::age(at, look.now))),
                entry.by.as_ref().and_then(words::who).map_or_else(dash, |by| (Tone::Change, by)),
                pods(entry),
                ended(entry, judged, look),
            ];
            if wide {
                let cause = entry.change_cause.clone();
                row.push(cause.map_or_else(dash, |cause| (Tone::Plain, cause)));
            }
            row.push((Tone::Plain, changes(&entry.changes, entry, entries)));
            row
        })
        .collect();
    columns::write(out, &header, &rows, columns::MIN_LAST, columns::Last::Wrapped, look)?;
    Ok(())
}

fn pods(entry: &RevisionEntry) -> columns::Cell {
    let pods = entry.pods;
    if pods.current == 0 && pods.desired == 0 {
        return (Tone::Aside, "-".to_owned());
    }
    let tone = if pods.failing > 0 { Tone::Bad } else { Tone::Plain };
    (tone, format!("{}/{}", pods.ready, pods.desired.max(pods.current)))
}

/// How a revision ended, as far as it is known: the newest one is as the root is.
fn ended(entry: &RevisionEntry, judged: &Judged, look: &Look) -> columns::Cell {
    let known = judged.reported.iter().chain([&judged.report]).filter_map(|r| r.status.as_ref());
    let statuses: Vec<&Status> = known.collect();
    if entry.current {
        // The present one stands in what was read just now.
        let verdict = statuses.last().map_or(Verdict::Unknown, |status| status.verdict);
        let (tone, word) = words::verdict(verdict);
        return (tone, format!("is {word}"));
    }
    let broke = |episode: &&Episode| {
        let cause = episode.cause.as_ref();
        entry.revision.is_some() && cause.is_some_and(|cause| cause.revision == entry.revision)
    };
    let episodes = statuses.iter().flat_map(|status| &status.history);
    if let Some(episode) = episodes.into_iter().find(broke) {
        let (tone, word) = words::verdict(episode.verdict);
        let why = episode.symptom.as_ref().map(|s| format!(" ({})", s.reason)).unwrap_or_default();
        return (tone, format!("{word}{why}"));
    }
    let told = statuses.iter().flat_map(|status| &status.revisions);
    let told = told.filter(|r| r.revision == entry.revision && r.revision.is_some());
    let well = told.filter_map(|r| r.last_healthy).chain(entry.last_healthy).max();
    match well {
        Some(_) if entry.pods.ready > 0 && entry.pods.ready == entry.pods.current => {
            (Tone::Good, "is well".to_owned())
        }
        Some(at) => (Tone::Good, format!("was well {} ago", age::age(at, look.now))),
        None if entry.pods.failing > 0 => (Tone::Bad, "fails".to_owned()),
        None => (Tone::Aside, "not known".to_owned()),
    }
}

fn changes(changes: &[FieldChange], entry: &RevisionEntry, all: &[RevisionEntry]) -> String {
    if changes.is_empty() {
        let is_first = all.iter().all(|other| other.revision >= entry.revision);
        return if is_first { "the first that is kept" } else { "nothing in the template" }
            .to_owned();
    }
    let shown: Vec<String> =
        changes.iter().take(MAX_CHANGES).map(|change| change::change(change).to_plain()).collect();
    match changes.len().saturating_sub(MAX_CHANGES) {
        0 => shown.join(", "),
        more => format!("{}, +{more} more", shown.join(", ")),
    }
}
