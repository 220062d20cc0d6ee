//! Which node was closed to a pod that could have run on it.

use crate::blame::author::{self, When};
use crate::blame::change::MAX_CHANGES;
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::symptom::Instance;
use crate::graph::Object;
use crate::observe::{Fields, line};
use crate::report::{Author, FieldChange};
use jiff::Timestamp;

/// A node that was closed.
pub(super) struct Closed<'g> {
    pub(super) node: &'g Object,
    /// Who closed it, and when.
    pub(super) by: Option<(Author, Timestamp)>,
    /// What keeps the pod away.
    pub(super) changes: Vec<FieldChange>,
    /// Whether that is a taint by which the node's own controllers tell of its state.
    pub(super) is_of_state: bool,
}

impl Closed<'_> {
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.by.as_ref().map(|(_, at)| *at)
    }
}

/// The taints that tell of a node's state (kubernetes `k8s.io/api/core/v1/well_known_taints.go`).
const STATES: &[&str] = &[
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unreachable",
];

/// The scheduler's words for a node that is cordoned, and for one that is tainted.
const CORDONED: &str = "were unschedulable";
const TAINTED: &str = "untolerated taint";

/// Whether the scheduler speaks of a node that is closed.
pub(super) fn is_told(said: &str) -> bool {
    said.contains(CORDONED) || said.contains(TAINTED)
}

/// The node that was closed last, since the root came to be, or the only one that the pod may
/// run on. What the scheduler does not speak of is not looked for.
pub(super) fn find<'g>(
    scene: &Scene<'g>,
    instance: &Instance<'g>,
    said: &str,
) -> Option<Closed<'g>> {
    let cordon = said.contains(CORDONED);
    if !is_told(said) {
        return None;
    }
    let fits: Vec<&Object> = scene
        .cluster_objects("Node")
        .into_iter()
        .filter(|node| node.gone.is_none() && is_asked_for(node, instance.view.fields()))
        .collect();
    let path = if cordon { "spec.unschedulable" } else { "spec.taints" };
    let is_tainted = |node: &Object| !untolerated(node, &instance.view).is_empty();
    // A cordoned node whose taint keeps the pod away anyhow is not what it waits for.
    let is_closed = |node: &&Object| {
        if cordon { is_cordoned(node) && !is_tainted(node) } else { is_tainted(node) }
    };
    let mut closed: Vec<Closed<'g>> = fits
        .iter()
        .copied()
        .filter(is_closed)
        .map(|node| {
            let since = node.meta.created.unwrap_or(node.memory.seen);
            let taints = if cordon { Vec::new() } else { untolerated(node, &instance.view) };
            let change = |path: String, to: Option<&str>| FieldChange {
                path: line(&path, 256),
                from: None,
                to: to.map(str::to_owned),
            };
            Closed {
                node,
                by: author::of_paths(&node.ownership, &[path], When::Since(since)),
                is_of_state: !taints.is_empty() && taints.iter().all(|key| STATES.contains(key)),
                changes: if cordon {
                    vec![change(path.to_owned(), Some("true"))]
                } else {
                    let shown = taints.iter().take(MAX_CHANGES);
                    shown.map(|key| change(format!("{path}[{key}]"), None)).collect()
                },
            }
        })
        .collect();
    closed.sort_by(|a, b| (b.time(), &a.node.meta.name).cmp(&(a.time(), &b.node.meta.name)));
    let made = scene.root.meta.created.unwrap_or(scene.root.memory.seen);
    let newest = closed.into_iter().next()?;
    let is_new = newest.time().is_some_and(|at| at + SLACK >= made)
        || was_seen(newest.node, path, instance.first_bad);
    let is_only = fits.len() == 1;
    // What was placed since shows that there was room without it: it is lost, not taken away. But
    // where only the pods beside it are in a pod's way, each one that is placed leaves less.
    let is_crowded = is_about_siblings(said) && stands_alone(newest.node, &fits, &instance.view);
    let was_borne = !is_crowded && has_placed_since(scene, newest.time());
    (is_new && !was_borne || is_only).then_some(newest)
}

/// Whether the scheduler finds nothing wrong with the open nodes but the pods that are there.
fn is_about_siblings(said: &str) -> bool {
    let said = said.split(" preemption:").next().unwrap_or(said);
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let is_closed_twice = says(&[CORDONED]) && says(&[TAINTED]);
    says(&["topology spread constraints", "anti-affinity rules"])
        && !is_closed_twice
        && !says(&["Insufficient ", "Too many pods", "node affinity", "free ports"])
}

/// Whether no open node is of the same domain as a closed one: without it the pods stand as close
/// as before.
fn stands_alone(closed: &Object, nodes: &[&Object], view: &PodView<'_>) -> bool {
    let domains: Vec<&str> = view.fields().keys("topologySpreadConstraints").collect();
    let is_open = |node: &&&Object| !is_cordoned(node) && untolerated(node, view).is_empty();
    let shares = |key: &str| {
        let own = closed.meta.label(key);
        nodes.iter().filter(is_open).any(|node| node.meta.label(key) == own)
    };
    domains.is_empty() || domains.iter().any(|key| !shares(key))
}

/// Whether a pod of the root found a node after a time.
pub(super) fn has_placed_since(scene: &Scene<'_>, at: Option<Timestamp>) -> bool {
    let is_since = |view: &PodView<'_>| at.is_some_and(|at| view.created() > at + SLACK);
    scene.pods.iter().any(|view| view.pod.node.is_some() && is_since(view))
}

/// Whether the node was seen to be closed before the pod waited.
fn was_seen(node: &Object, path: &str, first_bad: Timestamp) -> bool {
    node.memory.edits.iter().any(|edit| {
        let crate::graph::Edited::Fields { before, after } = &edit.what else { return false };
        edit.not_before <= first_bad + SLACK
            && before.diff(after).iter().any(|d| d.path.starts_with(path) && d.to.is_some())
    })
}

pub(super) fn is_cordoned(node: &Object) -> bool {
    node.plain_fields().is_some_and(|fields| fields.text("spec.unschedulable") == Some("true"))
}

/// Whether the node has every label that the pod's selector names.
fn is_asked_for(node: &Object, pod: &Fields) -> bool {
    pod.under("nodeSelector[").all(|(path, leaf)| {
        let key = path.trim_start_matches("nodeSelector[").trim_end_matches(']');
        node.meta.label(key) == leaf.shown()
    })
}

/// The keys of the taints that keep the pod from the node.
fn untolerated<'g>(node: &'g Object, view: &PodView<'_>) -> Vec<&'g str> {
    let Some(fields) = node.plain_fields() else { return Vec::new() };
    let taints = fields.under("spec.taints[").filter(|(path, _)| path.ends_with("].effect"));
    let mut keys: Vec<&str> = taints
        .filter_map(|(path, effect)| {
            let at = path.trim_end_matches("effect");
            let text = |field: &str| fields.text(&format!("{at}{field}")).unwrap_or_default();
            let effect = effect.shown().unwrap_or_default();
            let is_kept_away = matches!(effect, "NoSchedule" | "NoExecute")
                // What every taint of a cordon is named by is its own story.
                && text("key") != "node.kubernetes.io/unschedulable"
                && !is_tolerated(view.fields(), text("key"), text("value"), effect);
            is_kept_away.then(|| text("key"))
        })
        .collect();
    keys.dedup();
    keys
}

/// Kubernetes `k8s.io/api/core/v1/toleration.go`, `ToleratesTaint`.
fn is_tolerated(pod: &Fields, key: &str, value: &str, effect: &str) -> bool {
    pod.keys("tolerations").any(|item| {
        let text = |field: &str| pod.text(&format!("tolerations[{item}].{field}"));
        let is_any = text("operator") == Some("Exists");
        text("effect").is_none_or(|e| e.is_empty() || e == effect)
            && text("key").map_or(is_any, |k| k == key || k.is_empty() && is_any)
            && (is_any || text("value").unwrap_or_default() == value)
    })
}
