//! The pods of a revision, equal ones folded.

use super::Look;
use super::age::age;
use super::text::{Text, Tone};
use super::tree::Node;
use super::words;
use crate::report::{CauseClass, Finding, PodDetail, RevisionEntry, Status};

/// How a pod is called that serves.
const READY: &str = "ready";

/// Two pods that fail alike.
type Likeness<'r> = Vec<(&'r str, &'r str, Option<i32>)>;

/// The pods of a revision: failing ones first, the equal ones folded.
pub(super) fn nodes(revision: &RevisionEntry, status: &Status, look: &Look) -> Vec<Node> {
    let mut failing: Vec<(Likeness<'_>, Vec<&PodDetail>)> = Vec::new();
    let mut others: Vec<(&str, Vec<&PodDetail>)> = Vec::new();
    for pod in &revision.pod_details {
        let likeness = likeness(pod, status);
        if likeness.is_empty() {
            add(&mut others, state(pod, false).1, pod);
        } else {
            add(&mut failing, likeness, pod);
        }
    }
    let hidden = Hidden::of(revision, shown(&failing), shown(&others));
    let mut nodes = Vec::new();
    for (_, pods) in &failing {
        // With one way to fail, the pods that are not shown fail that way.
        let hidden = if failing.len() == 1 { hidden.failing } else { 0 };
        group(&mut nodes, pods, hidden, status, look);
    }
    if failing.len() != 1 && hidden.failing > 0 {
        nodes.push(more(hidden.failing, "fails", "fail"));
    }
    let is_ready = |(state, _): &&(&str, _)| *state == READY;
    let unready = others.iter().filter(|group| !is_ready(group)).count();
    for (state, pods) in &others {
        let hidden = match *state {
            READY => hidden.ready,
            _ if unready == 1 => hidden.unready,
            _ => 0,
        };
        group(&mut nodes, pods, hidden, status, look);
    }
    if hidden.ready > 0 && !others.iter().any(|group| is_ready(&group)) {
        nodes.push(more(hidden.ready, "is ready", "are ready"));
    }
    if hidden.unready > 0 && unready != 1 {
        nodes.push(more(hidden.unready, "is not ready", "are not ready"));
    }
    nodes
}

/// Adds a pod to those that are like it.
fn add<'r, K: PartialEq>(groups: &mut Vec<(K, Vec<&'r PodDetail>)>, key: K, pod: &'r PodDetail) {
    match groups.iter_mut().find(|(other, _)| *other == key) {
        Some((_, pods)) => pods.push(pod),
        None => groups.push((key, vec![pod])),
    }
}

fn shown<K>(groups: &[(K, Vec<&PodDetail>)]) -> i32 {
    i32::try_from(groups.iter().map(|(_, pods)| pods.len()).sum::<usize>()).unwrap_or(i32::MAX)
}

/// How many pods of a revision the report only counts.
struct Hidden {
    failing: i32,
    ready: i32,
    unready: i32,
}

impl Hidden {
    fn of(revision: &RevisionEntry, failing: i32, others: i32) -> Self {
        let counts = revision.pods;
        let hidden = (counts.current - counts.failing.max(failing) - others).max(0);
        let ready = revision.pod_details.iter().filter(|pod| pod.ready).count();
        let ready = counts.ready - i32::try_from(ready).unwrap_or(i32::MAX);
        let ready = ready.clamp(0, hidden);
        Self { failing: (counts.failing - failing).max(0), ready, unready: hidden - ready }
    }
}

/// The first of some like pods in full, the others by name or number.
fn group(nodes: &mut Vec<Node>, pods: &[&PodDetail], hidden: i32, status: &Status, look: &Look) {
    let [first, others @ ..] = pods else { return };
    nodes.push(node(first, status, look));
    let others_count = i32::try_from(others.len()).unwrap_or(i32::MAX).saturating_add(hidden);
    match others {
        [other] if hidden == 0 => {
            let text = Text::default()
                .and(Tone::Name, format!("Pod {}", other.name))
                .and(Tone::Aside, ": same as above");
            nodes.push(Node::leaf(text));
        }
        _ if others_count > 0 => nodes.push(aside(format!("and {others_count} more like it"))),
        _ => {}
    }
}

/// How many more are as `does` says of one, and `all_do` of several.
fn more(count: i32, does: &str, all_do: &str) -> Node {
    aside(format!("and {count} more that {}", if count == 1 { does } else { all_do }))
}

fn aside(text: String) -> Node {
    Node::leaf(Text::default().and(Tone::Aside, text))
}

/// What is wrong with a pod; empty when nothing is.
fn likeness<'r>(pod: &'r PodDetail, status: &'r Status) -> Likeness<'r> {
    let containers = pod
        .containers
        .iter()
        .filter(|c| words::is_bad(c))
        .map(|c| (&*c.name, c.reason.as_deref().unwrap_or_default(), c.exit_code));
    let of_pod = of_pod(pod, status).map(|f| ("", &*f.symptom.reason, None));
    containers.chain(of_pod).collect()
}

/// The findings about a pod as a whole.
fn of_pod<'r>(pod: &'r PodDetail, status: &'r Status) -> impl Iterator<Item = &'r Finding> {
    status
        .findings
        .iter()
        .filter(|f| f.symptom.container.is_none() && f.symptom.examples.contains(&pod.name))
}

fn node(pod: &PodDetail, status: &Status, look: &Look) -> Node {
    let mut text = Text::default().and(Tone::Name, format!("Pod {}", pod.name));
    let mut facts = Vec::new();
    if let Some(created) = pod.created_at {
        facts.push(format!("created {} ago", age(created, look.now)));
    }
    if let Some(revision) = pod.created_under {
        facts.push(format!("under revision {revision}"));
    }
    if let Some(node) = pod.node.as_ref().filter(|_| is_about_nodes(status)) {
        facts.push(format!("on {node}"));
    }
    text = text.and(Tone::Plain, format!(": {}", facts.join(" ")));
    if !facts.is_empty() {
        text = text.and(Tone::Plain, " - ");
    }
    let children = errors(pod, status, look);
    let (tone, state) = state(pod, !children.is_empty());
    Node { text: text.and(tone, state), notes: Vec::new(), children }
}

/// How a pod is, in one word.
pub(super) fn state(pod: &PodDetail, has_errors: bool) -> (Tone, &'static str) {
    match &*pod.phase {
        "Pending" if !pod.containers.iter().any(words::is_bad) => (Tone::Unsure, "pending"),
        _ if has_errors => (Tone::Bad, "failing"),
        "Succeeded" => (Tone::Good, "completed"),
        "Failed" => (Tone::Bad, "failed"),
        _ if pod.ready => (Tone::Good, READY),
        _ => (Tone::Unsure, "not ready"),
    }
}

/// What is wrong with a pod, one leaf each.
pub(super) fn errors(pod: &PodDetail, status: &Status, look: &Look) -> Vec<Node> {
    let containers = pod.containers.iter().filter(|c| words::is_bad(c)).map(|c| {
        let finding = status.findings.iter().find(|f| {
            f.symptom.container.as_deref() == Some(&c.name)
                && Some(&f.symptom.reason) == c.reason.as_ref()
        });
        words::container_error(c, finding, look)
    });
    let of_pod = of_pod(pod, status).map(|f| words::symptom_error(&f.symptom));
    containers.chain(of_pod).map(Node::leaf).collect()
}

/// Whether it matters which node a pod is on.
fn is_about_nodes(status: &Status) -> bool {
    status.findings.iter().any(|f| {
        matches!(
            f.cause.class,
            CauseClass::Node
                | CauseClass::Eviction
                | CauseClass::Preemption
                | CauseClass::Scheduling
        )
    })
}
