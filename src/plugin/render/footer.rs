//! What stands below a transcript: what else is wrong, what is not known, and what to do.

use super::Look;
use super::age::age;
use super::text::{Text, Tone};
use super::tree::wrapped;
use super::words;
use crate::report::{Finding, HeldBy, Omitted, PendingEdit, Status, Verdict};
use std::io::{self, Write};

/// How many earlier episodes are told.
const MAX_EPISODES: usize = 3;

/// Writes what stands below a tree.
pub(super) fn write(out: &mut impl Write, status: &Status, look: &Look) -> io::Result<()> {
    let mut lines: Vec<(&str, Text)> = Vec::new();
    if let Some(first) = status.findings.first() {
        for contributor in &first.contributors {
            lines.push((
                "Also",
                Text::plain(format!("{} ({})", contributor.summary, words::certainty(contributor))),
            ));
        }
    }
    for finding in status.findings.iter().skip(1) {
        lines.push(("Also", also(finding)));
    }
    lines.extend(status.findings.iter().filter_map(broken_in_turn));
    lines.extend(status.pending_edit.as_ref().map(|edit| ("Held", held(edit, look))));
    for condition in status.conditions.iter().filter(|c| c.type_ == "Fresh" && c.status != "True") {
        lines.push(("Unsure", Text::default().and(Tone::Unsure, &condition.message)));
    }
    if status.verdict == Verdict::Unknown && status.findings.is_empty() {
        lines.push(("Unsure", Text::default().and(Tone::Unsure, &status.summary)));
    }
    for episode in status.history.iter().take(MAX_EPISODES) {
        let told = format!("{} ago: {}", age(episode.from, look.now), episode.summary);
        // What broke nothing has no verdict to tell.
        let text = match words::verdict(episode.verdict) {
            _ if episode.verdict == Verdict::Healthy => Text::plain(told),
            (tone, verdict) => {
                Text::default().and(tone, verdict).and(Tone::Plain, format!(" {told}"))
            }
        };
        lines.push(("Earlier", text));
    }
    lines.extend(status.omitted.as_ref().and_then(omitted).map(|text| ("Not shown", text)));
    for owner in status.owners.iter().take(1) {
        lines.push(("Owner", Text::plain(words::object(owner))));
    }
    for (index, (label, text)) in lines.iter().enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        labelled(out, label, text, look)?;
    }
    fix(out, status.findings.iter().find(|f| f.remedy.is_some()), look)
}

/// Writes what to do, the last line: where the eye is.
pub(super) fn fix(out: &mut impl Write, finding: Option<&Finding>, look: &Look) -> io::Result<()> {
    let Some(remedy) = finding.and_then(|f| f.remedy.as_ref()) else { return Ok(()) };
    writeln!(out)?;
    labelled(out, "To fix", &Text::default().and(Tone::Good, remedy), look)
}

fn labelled(out: &mut impl Write, label: &str, text: &Text, look: &Look) -> io::Result<()> {
    let text = Text::default().and(Tone::Name, format!("{label}: ")).then(text.clone());
    wrapped(out, &text, "", "  ", look)
}

/// What a finding broke in turn: what is told of a Service.
fn broken_in_turn(finding: &Finding) -> Option<(&'static str, Text)> {
    let told = finding.evidence.iter().find(|evidence| evidence.object.kind == "Service")?;
    let (service, value) = (words::object(&told.object), told.value.as_deref()?);
    Some(("Breaks", Text::plain(format!("{service}: {value}"))))
}

/// Another finding: what, how many, why.
fn also(finding: &Finding) -> Text {
    let symptom = &finding.symptom;
    let pods = match symptom.pods {
        0 => String::new(),
        1 => " in 1 pod".into(),
        n => format!(" in {n} pods"),
    };
    let latent = if finding.latent { " (not what fails now)" } else { "" };
    let of = symptom.container.as_ref().map(|c| format!(" of container [{c}]")).unwrap_or_default();
    Text::default()
        .and(Tone::Bad, &symptom.reason)
        .and(Tone::Plain, format!("{of}{pods}{latent}: {} ", finding.cause.summary))
        .and(Tone::Aside, format!("({})", words::certainty(&finding.cause)))
}

/// An edit that no pod carries yet.
fn held(edit: &PendingEdit, look: &Look) -> Text {
    let why = match edit.held_by {
        HeldBy::Paused => "the rollout is paused",
        HeldBy::OnDelete => "it takes hold as pods are deleted",
        HeldBy::Partition => "a partition covers the pods",
        HeldBy::Blocked => "its pods cannot be made",
        HeldBy::Unknown => "why is not known",
    };
    let mut text = words::done("edited", edit.time, None, edit.by.as_ref(), look);
    for (index, change) in edit.changes.iter().enumerate() {
        let before = if index == 0 { ": " } else { ", " };
        text = text.and(Tone::Plain, before).then(words::change(change));
    }
    text.and(Tone::Plain, format!(", but no pod has it yet: {why}"))
}

/// What the caps cut; pods are counted in the tree.
fn omitted(omitted: &Omitted) -> Option<Text> {
    let counts = [
        (omitted.findings, "finding"),
        (omitted.revisions, "revision"),
        (omitted.history, "episode"),
    ];
    let shown: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    (!shown.is_empty()).then(|| Text::plain(shown.join(", ")))
}
