//! Effect → cause: from a pod's container back to the change.

use super::text::{Text, Tone};
use super::tree::wrapped;
use super::{Look, change, footer, pods, root, words};
use crate::report::{
    BlameReport, Cause, ContainerDetail, Finding, OriginClass, PodDetail, RevisionEntry, RootRef,
    Status,
};
use std::io::{self, Write};

/// Writes the transcript of one pod of a root.
///
/// # Errors
/// Those of the writer.
pub fn pod(out: &mut impl Write, report: &BlameReport, name: &str, look: &Look) -> io::Result<()> {
    let found = report.status.as_ref().and_then(|status| {
        let revisions = status.revisions.iter();
        let mut pods = revisions.flat_map(|r| r.pod_details.iter().map(move |pod| (r, pod)));
        pods.find(|(_, pod)| pod.name == name).map(|(revision, pod)| (status, revision, pod))
    });
    let Some((status, revision, pod)) = found else {
        let text = Text::default()
            .and(Tone::Name, format!("Pod {name}"))
            .and(Tone::Aside, ": the report shows other pods of its workload instead");
        line(out, &text, look)?;
        return root(out, report, look);
    };
    let root = &report.spec.root;
    let finding = status.findings.iter().find(|f| is_about(f, pod));
    for text in effect(pod, status, look) {
        line(out, &text, look)?;
    }
    for container in by_trouble(pod) {
        arrow(out, &origin(container, revision, root), look)?;
    }
    match finding {
        Some(finding) => cause(out, finding, root, look)?,
        None => line(out, &made_from(revision, root, look), look)?,
    }
    footer::fix(out, finding, look)
}

fn line(out: &mut impl Write, text: &Text, look: &Look) -> io::Result<()> {
    wrapped(out, text, "", "  ", look)
}

fn arrow(out: &mut impl Write, text: &Text, look: &Look) -> io::Result<()> {
    let arrow = if look.ascii { "-> " } else { "→ " };
    wrapped(out, text, arrow, "    ", look)
}

fn is_about(finding: &Finding, pod: &PodDetail) -> bool {
    match &finding.symptom.container {
        None => finding.symptom.examples.contains(&pod.name),
        Some(name) => pod.containers.iter().any(|c| c.name == *name && words::is_bad(c)),
    }
}

/// What is wrong with the pod, or that nothing is.
fn effect(pod: &PodDetail, status: &Status, look: &Look) -> Vec<Text> {
    let errors: Vec<Text> =
        pods::errors(pod, status, look).into_iter().map(|node| node.text).collect();
    if !errors.is_empty() {
        return errors;
    }
    let (tone, state) = pods::state(pod, false);
    vec![
        Text::default()
            .and(Tone::Name, format!("Pod {}", pod.name))
            .and(Tone::Plain, ": ")
            .and(tone, state),
    ]
}

/// The containers, those in trouble first.
fn by_trouble(pod: &PodDetail) -> Vec<&ContainerDetail> {
    let mut containers: Vec<&ContainerDetail> = pod.containers.iter().collect();
    containers.sort_by_key(|c| !words::is_bad(c));
    containers
}

/// `container [main] from Deployment my-busybox revision 2`.
pub(in crate::plugin) fn origin(
    it: &ContainerDetail,
    revision: &RevisionEntry,
    root: &RootRef,
) -> Text {
    let text = Text::plain(format!("container [{}] ", it.name));
    let origin = &it.origin;
    match origin.class {
        OriginClass::Template => {
            let number = origin.revision.or(revision.revision);
            let number = number.map(|n| format!(" revision {n}")).unwrap_or_default();
            text.and(Tone::Plain, format!("from {} {}{number}", root.kind, root.name))
        }
        OriginClass::Injected => {
            let by = origin.injector.as_ref().map_or_else(
                || "at admission".into(),
                |injector| {
                    let revision = origin.injector_revision.as_ref();
                    let revision = revision.map(|r| format!(" (revision {r})")).unwrap_or_default();
                    format!("by {}{revision}", words::object(injector))
                },
            );
            text.and(Tone::Plain, format!("injected {by}"))
        }
        OriginClass::Debug => text.and(Tone::Plain, "added to the running pod for debugging"),
        OriginClass::DirectEdit => {
            let by = origin.by.as_ref().and_then(words::who);
            let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
            text.and(Tone::Plain, format!("edited on the pod itself{by}"))
        }
        OriginClass::Unknown => text.and(Tone::Unsure, "of unknown origin"),
    }
}

/// `Deployment my-busybox revision 2: edited 20s ago by kubectl-edit`, and what changed.
fn cause(out: &mut impl Write, finding: &Finding, root: &RootRef, look: &Look) -> io::Result<()> {
    let cause = &finding.cause;
    if !cause.is_blame() {
        let what = if cause.confidence.is_some() { "perhaps: " } else { "cause not known: " };
        return line(
            out,
            &Text::default().and(Tone::Unsure, what).and(Tone::Plain, words::unknown(cause)),
            look,
        );
    }
    line(out, &headline(cause, root, look), look)?;
    let container = finding.symptom.container.as_deref();
    for line in change::lines(&cause.changes, |it| change::change_seen(it, container)) {
        arrow(out, &line, look)?;
    }
    if cause.changes.is_empty() || !cause.class.names_revision() {
        arrow(out, &Text::plain(&cause.summary), look)?;
    }
    if let Some(trigger) = words::trigger(finding, look) {
        arrow(out, &trigger, look)?;
    }
    Ok(())
}

fn headline(cause: &Cause, root: &RootRef, look: &Look) -> Text {
    let object =
        cause.object.as_ref().map_or_else(|| format!("{} {}", root.kind, root.name), words::object);
    let number = cause.revision.map(|n| format!(" revision {n}")).unwrap_or_default();
    let text = Text::default().and(Tone::Name, format!("{object}{number}"));
    let done =
        words::done(words::verb(cause), cause.time, cause.not_before, cause.by.as_ref(), look);
    let text = text.and(Tone::Plain, ": ").then(done);
    let text = if cause.by.is_none() && cause.class.names_revision() {
        text.and(Tone::Unsure, ", by whom is not known")
    } else {
        text
    };
    match words::certainty(cause) {
        "certain" => text,
        unsure => text.and(Tone::Unsure, format!(" ({unsure})")),
    }
}

/// Where a pod that is well comes from.
fn made_from(revision: &RevisionEntry, root: &RootRef, look: &Look) -> Text {
    let number = revision.revision.map(|n| format!(" revision {n}")).unwrap_or_default();
    let text = Text::default().and(Tone::Name, format!("{} {}{number}", root.kind, root.name));
    let verb = if revision.changes.is_empty() { "created" } else { "edited" };
    let by = revision.by.as_ref();
    text.and(Tone::Plain, ": ").then(words::done(verb, revision.created_at, None, by, look))
}
