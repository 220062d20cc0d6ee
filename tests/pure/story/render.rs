//! What a user reads of a report, in short.

use super::json::{at, list, text};
use kubeblame::report::BlameReport;
use serde_json::Value;
use std::fmt::Write as _;

/// A report as a person reads it.
pub(crate) fn report(report: &BlameReport) -> String {
    let value = serde_json::to_value(report).expect("a value");
    let status = &value["status"];
    let mut out = format!(
        "{} since {}: {}\n",
        word(status, "verdict"),
        clock(status, "since"),
        word(status, "summary")
    );
    for finding in list(status, "findings") {
        of_finding(&mut out, finding);
    }
    for revision in list(status, "revisions") {
        of_revision(&mut out, revision);
    }
    if let Some(pending) = status.get("pendingEdit") {
        let by = at(pending, "by.manager").and_then(Value::as_str).unwrap_or("?");
        line(
            &mut out,
            &format!("pending, held by {}, by {by}:{}", word(pending, "heldBy"), changes(pending)),
        );
    }
    for episode in list(status, "history") {
        line(
            &mut out,
            &format!("before: {} {}", word(episode, "verdict"), word(episode, "summary")),
        );
    }
    out
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
}

fn word<'v>(value: &'v Value, path: &str) -> &'v str {
    text(value, path).unwrap_or("-")
}

/// `11:58:00`; the day as well where it is another one.
fn clock(value: &Value, path: &str) -> String {
    let time = word(value, path).trim_start_matches("2026-11-21T").trim_end_matches('Z');
    time.to_owned()
}

fn object(value: &Value) -> String {
    text(value, "kind").map_or_else(String::new, |kind| {
        text(value, "name").map_or_else(|| kind.to_owned(), |name| format!("{kind}/{name}"))
    })
}

fn plain(value: Option<&Value>, before: &str) -> String {
    value
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .map_or_else(String::new, |v| format!("{before}{v}"))
}

fn of_finding(out: &mut String, finding: &Value) {
    let (symptom, trigger) = (&finding["symptom"], &finding["trigger"]);
    let latent = if finding["latent"] == true { " (latent)" } else { "" };
    line(
        out,
        &format!(
            "\n* {}{}{}{}, {} pods{}{latent}",
            word(symptom, "reason"),
            plain(symptom.get("container"), " of "),
            plain(symptom.get("containerType"), ", "),
            plain(symptom.get("exitCode"), ", exit "),
            symptom["pods"],
            list(symptom, "examples")
                .first()
                .map_or_else(String::new, |p| plain(Some(p), ", like "))
        ),
    );
    line(out, &format!("  says     {}", word(symptom, "message")));
    let cause = &finding["cause"];
    line(out, &format!("  cause    {}", of_cause(cause)));
    for change in list(cause, "changes") {
        line(out, &format!("          {}", one_change(change)));
    }
    line(out, &format!("           {}", word(cause, "summary")));
    line(
        out,
        &format!(
            "  trigger  {} {} {}",
            word(trigger, "class"),
            object(&trigger["object"]),
            clock(trigger, "time")
        ),
    );
    for beside in list(finding, "contributors") {
        line(out, &format!("  beside   {}", of_cause(beside)));
    }
    if let Some(remedy) = text(finding, "remedy") {
        line(out, &format!("  remedy   {remedy}"));
    }
}

fn of_cause(cause: &Value) -> String {
    let by = at(cause, "by.manager").map_or_else(String::new, |m| plain(Some(m), ", by "));
    let via = cause.pointer("/by/via").map_or_else(String::new, |v| format!(" ({})", object(v)));
    let time =
        text(cause, "time").map_or_else(String::new, |_| format!(", at {}", clock(cause, "time")));
    format!(
        "{}{}{}{}{by}{via}{time}",
        word(cause, "class"),
        plain(cause.get("revision"), " "),
        plain(cause.get("confidence"), ", "),
        Some(object(&cause["object"]))
            .filter(|o| !o.is_empty())
            .map_or_else(String::new, |o| format!(", {o}"))
    )
}

fn one_change(change: &Value) -> String {
    match (text(change, "from"), text(change, "to")) {
        (None, None) => format!(" {}", word(change, "path")),
        (from, to) => {
            format!(" {} {} → {}", word(change, "path"), from.unwrap_or("-"), to.unwrap_or("-"))
        }
    }
}

fn changes(of: &Value) -> String {
    list(of, "changes").iter().map(one_change).collect::<Vec<_>>().join(",")
}

fn of_revision(out: &mut String, revision: &Value) {
    let pods = &revision["pods"];
    let current = if revision["current"] == true { ", current" } else { "" };
    let by = at(revision, "by.manager").map_or_else(String::new, |m| plain(Some(m), ", by "));
    line(
        out,
        &format!(
            "\nrevision{}{current}{by}, {} of {} ready, {} failing:{}",
            plain(revision.get("revision"), " "),
            pods["ready"],
            pods["desired"],
            pods["failing"],
            changes(revision)
        ),
    );
    for pod in list(revision, "podDetails") {
        let ready = if pod["ready"] == true { "ready" } else { "not ready" };
        line(
            out,
            &format!(
                "  {} {}, {ready}{}",
                word(pod, "name"),
                word(pod, "phase"),
                plain(pod.get("createdUnder"), ", made under ")
            ),
        );
        for c in list(pod, "containers") {
            line(
                out,
                &format!(
                    "    {} {} from {}{}{}: {}{}{}, {} restarts",
                    word(c, "type"),
                    word(c, "name"),
                    word(c, "origin.class"),
                    plain(at(c, "origin.injector.name"), " "),
                    plain(at(c, "origin.by.manager"), " by "),
                    word(c, "state"),
                    plain(c.get("reason"), " "),
                    plain(c.get("exitCode"), " exit "),
                    c["restarts"]
                ),
            );
        }
    }
}
