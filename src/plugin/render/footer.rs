//! What stands below a transcript: what else is wrong, what is not known, and what to do.

use super::Look;
use super::age::age;
use super::text::{Text, Tone};
use super::tree::wrapped;
use super::{change, words};
use crate::report::{
    BlameReport, Cause, CauseClass, Finding, HeldBy, Omitted, PendingEdit, Status, Verdict,
};
use std::io::{self, Write};

/// How many earlier episodes are told.
const MAX_EPISODES: usize = 3;

/// Writes what stands below a tree.
pub(super) fn write(out: &mut impl Write, status: &Status, look: &Look) -> io::Result<()> {
    let mut lines: Vec<(&str, Text)> = Vec::new();
    if let Some(first) = status.findings.first() {
        // That no node has room is the failure itself once more.
        let is_telling = |c: &&Cause| c.is_blame() || c.class != CauseClass::Scheduling;
        for contributor in first.contributors.iter().filter(is_telling) {
            lines.push((
                "Also",
                Text::plain(format!("{} ({})", contributor.summary, words::certainty(contributor))),
            ));
        }
    }
    for finding in status.findings.iter().skip(1) {
        lines.push(if finding.latent {
            ("Not yet", latent(finding))
        } else {
            ("Also", also(finding))
        });
    }
    lines.extend(status.findings.iter().filter_map(broken_in_turn));
    lines.extend(status.pending_edit.as_ref().map(|edit| ("Held", held(edit, look))));
    lines.extend(unsure(status).map(|text| ("Unsure", Text::default().and(Tone::Unsure, text))));
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
    // What is copied must stay one line, also where the terminal wraps it.
    let unwrapped = Look { width: None, ..look.clone() };
    labelled(out, "To fix", &Text::default().and(Tone::Good, remedy), &unwrapped)
}

/// Writes where to look on, of a container that dies for no change that could be taken back.
///
/// # Errors
/// Those of the writer.
pub fn log_of(
    out: &mut impl Write,
    report: &BlameReport,
    namespace: Option<&str>,
    look: &Look,
) -> io::Result<()> {
    let findings = report.status.iter().flat_map(|status| &status.findings);
    let has_remedy = findings.clone().any(|finding| finding.remedy.is_some());
    let has_died =
        findings.take(1).any(|f| f.symptom.container.is_some() && f.symptom.exit_code.is_some());
    if has_remedy || !has_died {
        return Ok(());
    }
    let root = &report.spec.root;
    let place = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let kind = root.kind.to_lowercase();
    let command = format!("kubectl blame logs {kind}/{}{place}", root.name);
    writeln!(out)?;
    let unwrapped = Look { width: None, ..look.clone() };
    labelled(out, "Its log", &Text::plain(command), &unwrapped)
}

/// What is not known: which kinds, or else why there is no verdict.
fn unsure(status: &Status) -> Option<&str> {
    let stale = status.conditions.iter().find(|c| c.type_ == "Fresh" && c.status != "True");
    let is_unknown = status.verdict == Verdict::Unknown && status.findings.is_empty();
    stale.map(|c| &*c.message).or_else(|| is_unknown.then_some(&*status.summary))
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
    let of = symptom.container.as_ref().map(|c| format!(" of container [{c}]")).unwrap_or_default();
    Text::default()
        .and(Tone::Bad, &symptom.reason)
        .and(Tone::Plain, format!("{of}{pods}: {} ", words::unknown(&finding.cause)))
        .and(Tone::Aside, format!("({})", words::certainty(&finding.cause)))
}

/// What will fail, and does not yet.
fn latent(finding: &Finding) -> Text {
    let symptom = &finding.symptom;
    let pods = match symptom.pods {
        1 => "1 pod runs".to_owned(),
        n => format!("{n} pods run"),
    };
    let object = finding.cause.object.as_ref();
    let with =
        object.map(|o| format!(" with the earlier {}", words::object(o))).unwrap_or_default();
    let container = symptom.container.as_ref().map(|c| format!(" container [{c}]"));
    let what = container.as_deref().unwrap_or(" it");
    Text::plain(format!("{pods} well{with}, until{what} starts again"))
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
    for (index, line) in change::lines(&edit.changes, change::change).into_iter().enumerate() {
        let before = if index == 0 { ": " } else { ", " };
        text = text.and(Tone::Plain, before).then(line);
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
