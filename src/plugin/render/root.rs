//! Cause → effect: from the change down to the containers it broke.

use super::age::age;
use super::text::{Text, Tone};
use super::tree::{self, Node};
use super::{Look, change, footer, pods, words};
use crate::report::{BlameReport, Cause, RevisionEntry, RootRef, Status, Verdict};
use std::io::{self, Write};

/// Writes the transcript of a root.
///
/// # Errors
/// Those of the writer.
pub fn root(out: &mut impl Write, report: &BlameReport, look: &Look) -> io::Result<()> {
    let Some(status) = &report.status else {
        let text = name(&report.spec.root).and(Tone::Unsure, ": not judged yet");
        return tree::write(out, &Node::leaf(text), look);
    };
    tree::write(out, &tree_of(&report.spec.root, status, look), look)?;
    footer::write(out, status, look)
}

/// The tree: on top the change, whether it was one of the root or of something else.
fn tree_of(root: &RootRef, status: &Status, look: &Look) -> Node {
    let blamed = status.findings.first().map(|f| &f.cause).filter(|cause| cause.is_blame());
    let node = root_node(root, status, blamed, look);
    match blamed.filter(|cause| !is_of_root(cause, root)) {
        Some(cause) if cause.object.is_some() => above(cause, status, node, look),
        _ => node,
    }
}

/// A cause outside the root stands above it.
fn above(cause: &Cause, status: &Status, below: Node, look: &Look) -> Node {
    let object = cause.object.as_ref().map(words::object).unwrap_or_default();
    let mut text = Text::default().and(Tone::Name, object).and(Tone::Plain, ": ");
    if cause.time.is_some() || cause.by.is_some() {
        let by = cause.by.as_ref();
        text = text
            .then(words::done(words::verb(cause), cause.time, cause.not_before, by, look))
            .and(Tone::Plain, " - ");
    }
    let text =
        text.and(Tone::Bad, "the cause").and(Tone::Aside, format!(", {}", words::certainty(cause)));
    let mut notes = vec![Text::plain(&cause.summary)];
    notes.extend(change::lines(&cause.changes, change::change));
    notes.extend(status.findings.first().and_then(|f| words::trigger(f, look)));
    Node { text, notes, children: vec![below] }
}

fn root_node(root: &RootRef, status: &Status, blamed: Option<&Cause>, look: &Look) -> Node {
    let own = blamed.filter(|cause| is_of_root(cause, root));
    let mut text = name(root).and(Tone::Plain, ": ");
    let mut notes: Vec<Text> = Vec::new();
    let (tone, verdict) = words::verdict(status.verdict);
    let current = status.revisions.iter().find(|r| r.current);
    let headline = match (own, current) {
        (Some(cause), _) => {
            notes.extend(change::lines(&cause.changes, change::change));
            notes.extend(certainty(cause));
            notes.extend(status.findings.first().and_then(|f| words::trigger(f, look)));
            Some(of_cause(cause, current, look)).filter(|_| is_edit(cause))
        }
        // Whatever was edited last is not blamed for what has another cause, or none known.
        (None, Some(revision)) if status.findings.is_empty() => {
            notes.extend(change::lines(&revision.changes, change::change));
            Some(of_revision(revision, status, look))
        }
        _ => None,
    };
    text = match headline.filter(|headline| !headline.is_empty()) {
        Some(headline) => text.then(headline).and(Tone::Plain, " - ").and(tone, verdict),
        None => text
            .and(tone, verdict)
            .and(Tone::Plain, format!(" for {}", age(status.since, look.now))),
    };
    // What has no pods is well for a reason of its own: it has ended, or somebody holds it.
    let has_pods = status.revisions.iter().any(|revision| revision.pods.current > 0);
    if status.verdict == Verdict::Healthy && !has_pods && !status.summary.is_empty() {
        text = text.and(Tone::Aside, format!(" ({})", status.summary));
    }
    match blamed {
        None => notes.extend(not_known(status)),
        // What has no object that could stand above the root is said below its name.
        Some(cause) if cause.object.is_none() => {
            notes.push(outside(cause));
            notes.extend(status.findings.first().and_then(|f| words::trigger(f, look)));
        }
        Some(_) => {}
    }
    Node { text, notes, children: children(root, status, look) }
}

/// Whether a cause is a change of the root itself.
fn is_of_root(cause: &Cause, root: &RootRef) -> bool {
    cause.object.as_ref().is_some_and(|object| match &object.uid {
        Some(uid) => *uid == root.uid,
        None => object.kind == root.kind && object.name.as_deref() == Some(&root.name),
    })
}

/// Whether somebody changed something: that no node has room is of the root, and no edit of it.
fn is_edit(cause: &Cause) -> bool {
    words::verb(cause) != words::CHANGED || !cause.changes.is_empty() || cause.by.is_some()
}

fn name(root: &RootRef) -> Text {
    Text::default().and(Tone::Name, format!("{} {}", root.kind, root.name))
}

/// `edited 20s ago by kubectl-edit`, and which revision where it is not the newest.
fn of_cause(cause: &Cause, current: Option<&RevisionEntry>, look: &Look) -> Text {
    let text =
        words::done(words::verb(cause), cause.time, cause.not_before, cause.by.as_ref(), look);
    let newest = current.and_then(|r| r.revision);
    let text = match cause.revision.filter(|revision| Some(*revision) != newest) {
        Some(revision) => text.and(Tone::Plain, format!(" (revision {revision})")),
        None => text,
    };
    if cause.by.is_none() { text.and(Tone::Unsure, ", by whom is not known") } else { text }
}

fn of_revision(revision: &RevisionEntry, status: &Status, look: &Look) -> Text {
    let is_first = revision.changes.is_empty() && revision.revision.unwrap_or(1) <= 1;
    let verb = if is_first { "created" } else { "edited" };
    if revision.created_at.is_none() && revision.by.is_none() {
        return Text::default();
    }
    // A return to an earlier template uses its old ReplicaSet again, which is older than what
    // it replaced: when that happened does not show.
    let is_return = status
        .revisions
        .iter()
        .any(|other| other.revision < revision.revision && other.created_at > revision.created_at);
    if is_return {
        return words::done("rolled back", None, None, revision.by.as_ref(), look);
    }
    words::done(verb, revision.created_at, None, revision.by.as_ref(), look)
}

/// A cause that is no object of the cluster, or none that may be named.
fn outside(cause: &Cause) -> Text {
    Text::default()
        .and(Tone::Bad, "the cause")
        .and(Tone::Aside, format!(", {}: ", words::certainty(cause)))
        .and(Tone::Plain, &cause.summary)
}

/// How sure, where it is not certain.
fn certainty(cause: &Cause) -> Option<Text> {
    use crate::report::Confidence;
    (cause.confidence != Some(Confidence::Certain)).then(|| {
        Text::default()
            .and(Tone::Unsure, format!("{}, not certain: ", words::certainty(cause)))
            .and(Tone::Plain, &cause.summary)
    })
}

/// What is said instead of a blame.
fn not_known(status: &Status) -> Option<Text> {
    let cause = &status.findings.first()?.cause;
    let what = match cause.confidence {
        Some(_) => "perhaps: ",
        None => "cause not known: ",
    };
    Some(Text::default().and(Tone::Unsure, what).and(Tone::Plain, words::unknown(cause)))
}

/// The revisions and their pods, and what is wrong with the root as a whole.
fn children(root: &RootRef, status: &Status, look: &Look) -> Vec<Node> {
    let mut of_root: Vec<Node> = status
        .findings
        .iter()
        .filter(|f| !is_shown_by_a_pod(f, status))
        .map(|f| Node::leaf(words::symptom_error(&f.symptom)))
        .collect();
    let mut nodes = Vec::new();
    for revision in &status.revisions {
        let is_root =
            revision.controller.as_ref().is_none_or(|c| c.uid.as_ref() == Some(&root.uid));
        let mut below = if root.kind == "Pod" {
            revision.pod_details.iter().flat_map(|pod| pods::errors(pod, status, look)).collect()
        } else {
            pods::nodes(revision, status, look)
        };
        if is_root {
            nodes.append(&mut below);
            continue;
        }
        if revision.current {
            below.append(&mut of_root);
        }
        nodes.push(revision_node(revision, below, look));
    }
    nodes.append(&mut of_root);
    nodes
}

/// Whether some pod's line shows the symptom of a finding.
fn is_shown_by_a_pod(finding: &crate::report::Finding, status: &Status) -> bool {
    let symptom = &finding.symptom;
    status.revisions.iter().flat_map(|r| &r.pod_details).any(|pod| match &symptom.container {
        None => symptom.examples.contains(&pod.name),
        Some(name) => pod.containers.iter().any(|c| c.name == *name && words::is_bad(c)),
    })
}

fn revision_node(revision: &RevisionEntry, children: Vec<Node>, look: &Look) -> Node {
    let controller = revision.controller.as_ref().map(words::object).unwrap_or_default();
    let mut text = Text::default().and(Tone::Name, controller);
    if let Some(number) = revision.revision {
        text = text.and(Tone::Plain, format!(" (revision {number})"));
    }
    let pods = revision.pods;
    if pods.current == 0 && pods.desired == 0 {
        let well = revision.last_healthy.filter(|_| !revision.current);
        let well =
            well.map(|t| format!(", last well {} ago", age(t, look.now))).unwrap_or_default();
        text = text.and(Tone::Aside, format!(": scaled down{well}"));
        return Node { text, notes: Vec::new(), children };
    }
    text = text.and(Tone::Plain, ": ");
    if let Some(created) = revision.created_at {
        text = text.and(Tone::Plain, format!("created {} ago - ", age(created, look.now)));
    }
    let of = pods.desired.max(pods.current);
    let tone = match () {
        () if pods.failing > 0 => Tone::Bad,
        () if pods.ready < pods.desired => Tone::Unsure,
        () => Tone::Good,
    };
    Node { text: text.and(tone, format!("{}/{of} ready", pods.ready)), notes: Vec::new(), children }
}
