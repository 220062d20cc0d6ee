//! `kubectl blame diff`: what changed between two revisions.
//!
//! Values are shown of the fields whose values are safe to show; of all others that and
//! where they changed, unless all are asked for of files, whose owner can read them anyway. A
//! Secret's values are in no template.

use super::Done;
use super::judged::{self, Source};
use crate::blame;
use crate::observe::{Fields, line};
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::offline::Stored;
use crate::plugin::output::write_value;
use crate::plugin::render::text::{Text, Tone};
use crate::plugin::render::{Look, tree, words};
use crate::report::{FieldChange, ObjectRef, RevisionEntry};
use clap::Args;
use serde_json::Value;
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame diff deploy/web            the newest revision against the one before
  kubectl blame diff deploy/web 3          revision 3 against the one before
  kubectl blame diff deploy/web 3 7        from revision 3 to revision 7
  kubectl blame diff -f dump.yaml deploy/web --show-values";

/// The longest value that is shown, in bytes.
const MAX_VALUE: usize = 1024;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// What it is about, then up to two revisions: deploy/web 3 7
    #[arg(value_name = "KIND/NAME [REVISION [REVISION]]", required = true, num_args = 1..=4)]
    words: Vec<String>,

    /// With -f: show every value, also those that may be confidential (arguments, environment,
    /// annotations); a Secret's values never
    #[arg(long, requires = "filename")]
    show_values: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let (resource, numbers) = split(&arguments.words)?;
    let (target, name) = judged::one(resource)?;
    let source = &arguments.source;
    let (judged, objects) = if arguments.show_values {
        let Stored { replay, objects } = Stored::read(&source.filename, source.now)?;
        (judged::replayed(replay, &target, &name, common)?, objects)
    } else {
        (judged::read(&target, &name, source, common)?, Vec::new())
    };
    let entries = blame::revisions(&judged.graph, &judged.root(), judged.now);
    let shown = format!("{} {}", judged.report.spec.root.kind, judged.report.spec.root.name);
    let (from, to) = pair(&entries, &numbers, &shown)?;
    let mut changes = blame::between(&judged.graph, &judged.root(), judged.now, from, to)
        .map_err(|number| unknown(&entries, number, &shown))?;
    if arguments.show_values {
        let template = |number: i64| {
            let entry = entries.iter().find(|entry| entry.revision == Some(number))?;
            revealed(&objects, entry.controller.as_ref()?)
        };
        reveal(&mut changes, template(from).as_ref(), template(to).as_ref());
    }
    if !matches!(common.output, Output::Tree | Output::Wide | Output::Name) {
        write_value(out, &changes, &common.output)?;
        return Ok(Done::WELL);
    }
    let look = Look { now: judged.now, ..look.clone() };
    let to_entry = entries.iter().find(|entry| entry.revision == Some(to));
    let mut heading = Text::default()
        .and(Tone::Name, &shown)
        .and(Tone::Plain, format!(": revision {from} → {to}"));
    if let Some(entry) = to_entry {
        let made = words::done("", entry.created_at, None, entry.by.as_ref(), &look);
        heading = heading.and(Tone::Plain, ", made").then(made);
    }
    tree::wrapped(out, &heading, "", "  ", &look)?;
    if changes.is_empty() {
        writeln!(out, "  the same template")?;
    }
    for change in &changes {
        tree::wrapped(out, &line_of(change), "  ", "    ", &look)?;
    }
    Ok(Done::WELL)
}

/// The words of the object, and the numbers behind them.
fn split(words: &[String]) -> Result<(&[String], Vec<i64>), Failure> {
    let first = words.first().map_or("", String::as_str);
    let of_object = if first.contains('/') { 1 } else { 2 }.min(words.len());
    let (object, rest) = words.split_at(of_object);
    let numbers: Result<Vec<i64>, Failure> = rest
        .iter()
        .map(|word| {
            word.parse()
                .map_err(|_| Failure::new(format!("{word:?} is no revision: write its number")))
        })
        .collect();
    let numbers = numbers?;
    if numbers.len() > 2 {
        return Err(Failure::new("two revisions are compared, no more"));
    }
    Ok((object, numbers))
}

/// Which two revisions are compared.
fn pair(entries: &[RevisionEntry], numbers: &[i64], shown: &str) -> Result<(i64, i64), Failure> {
    let mut known: Vec<i64> = entries.iter().filter_map(|entry| entry.revision).collect();
    known.sort_unstable();
    if known.is_empty() {
        return Err(Failure::new(format!("{shown} has no numbered revisions")));
    }
    let before = |number: i64| {
        let earlier = known.iter().rev().find(|other| **other < number).copied();
        earlier.ok_or_else(|| {
            Failure::new(format!("{shown} keeps no revision before {number} to compare it with"))
        })
    };
    match *numbers {
        [from, to] => Ok((from, to)),
        [number] if !known.contains(&number) => Err(unknown(entries, number, shown)),
        [number] => Ok((before(number)?, number)),
        _ => {
            let current = entries.iter().find(|entry| entry.current);
            let newest = current.and_then(|entry| entry.revision).or(known.last().copied());
            let newest = newest.unwrap_or(0);
            Ok((before(newest)?, newest))
        }
    }
}

fn unknown(entries: &[RevisionEntry], number: i64, shown: &str) -> Failure {
    let known: Vec<String> =
        entries.iter().filter_map(|entry| entry.revision).map(|n| n.to_string()).collect();
    Failure::new(format!("{shown} keeps no revision {number}; it has {}", known.join(", ")))
}

/// The template of the object that carries a revision, with all values.
fn revealed(objects: &[Value], carrier: &ObjectRef) -> Option<Fields> {
    let uid = carrier.uid.as_deref()?;
    let object = objects.iter().find(|object| object["metadata"]["uid"] == uid)?;
    let template = ["/spec/template", "/data/spec/template"];
    template.iter().find_map(|at| object.pointer(at)).map(Fields::of_template_revealed)
}

/// Fills in the values that were left out.
fn reveal(changes: &mut [FieldChange], before: Option<&Fields>, after: Option<&Fields>) {
    let value = |fields: Option<&Fields>, path: &str| Some(line(fields?.text(path)?, MAX_VALUE));
    for change in changes {
        change.from = change.from.take().or_else(|| value(before, &change.path));
        change.to = change.to.take().or_else(|| value(after, &change.path));
    }
}

/// The whole path: of a diff one wants to know exactly where.
fn line_of(change: &FieldChange) -> Text {
    let text = Text::plain(format!("{}: ", change.path));
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => {
            text.and(Tone::Bad, from).and(Tone::Plain, " → ").and(Tone::Good, to)
        }
        (None, Some(to)) => text.and(Tone::Plain, "set to ").and(Tone::Good, to),
        (Some(from), None) => text.and(Tone::Plain, "removed, was ").and(Tone::Bad, from),
        (None, None) => text.and(Tone::Change, "changed"),
    }
}
