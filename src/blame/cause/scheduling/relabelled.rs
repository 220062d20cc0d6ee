//! A node that does not bear any more what the pods select it by.
//!
//! *Sees*: a node where a pod of the root runs or ran that selects by the same labels, and that
//! has not all of them now. *Near miss*: a selector that the failing pods are the first to have
//! (their revision explains); a node whose labels they never fitted.

use super::closed;
use crate::blame::author::{self, When};
use crate::blame::cause::{Candidate, Proof};
use crate::blame::change::MAX_CHANGES;
use crate::blame::scene::{PodView, Scene, object_ref};
use crate::blame::step::Weight;
use crate::blame::symptom::Instance;
use crate::graph::Object;
use crate::observe::{Leaf, line};
use crate::report::{Author, CauseClass, FieldChange};
use jiff::Timestamp;

/// A node, what it lacks, and who took it when.
struct Relabelled<'g> {
    node: &'g Object,
    lacks: Vec<Wanted<'g>>,
    by: Option<(Author, Timestamp)>,
}

pub(super) fn changes(scene: &Scene<'_>, instance: &Instance<'_>, said: &str) -> Option<Candidate> {
    if !said.contains("node affinity/selector") && !said.contains("node selector") {
        return None;
    }
    let nodes = scene.cluster_objects("Node").into_iter().filter(|node| node.gone.is_none());
    let mut found: Vec<Relabelled<'_>> =
        nodes.filter_map(|node| relabelled(scene, node, &instance.view)).collect();
    let at = |found: &Relabelled<'_>| found.by.as_ref().map(|(_, at)| *at);
    found.sort_by(|a, b| (at(b), &a.node.meta.name).cmp(&(at(a), &b.node.meta.name)));
    let newest = found.into_iter().next()?;
    let at = at(&newest);
    // What was placed since shows that there was room without it, and what another node is short
    // of may be all that keeps the pod away from a node that was lost long ago.
    if closed::has_placed_since(scene, at) || at.is_none() && !is_only_reason(said) {
        return None;
    }
    let change = |label: &Wanted<'_>| FieldChange {
        path: line(&format!("metadata.labels[{}]", label.key), 256),
        from: match label.values.as_slice() {
            [only] => Some(line(only, 128)),
            _ => None,
        },
        to: newest.node.meta.label(label.key).map(|value| line(value, 128)),
    };
    Some(Candidate {
        weight: Weight::Explains,
        proof: Proof::Supported,
        time: at.or(Some(instance.first_bad)),
        what: "the node has lost a label that the pod selects it by".to_owned(),
        changes: newest.lacks.iter().take(MAX_CHANGES).map(change).collect(),
        by: newest.by.map(|(author, _)| author),
        ..Candidate::new(CauseClass::Scheduling, Some(object_ref(newest.node)))
    })
}

/// Whether the scheduler says of every node that it does not bear what the pod selects.
fn is_only_reason(said: &str) -> bool {
    let reasons = said.split_once("available: ").map_or(said, |(_, reasons)| reasons);
    !reasons.split(". ").next().unwrap_or(reasons).contains(", ")
}

/// A label that a pod selects its node by, and the values that it may have.
#[derive(PartialEq, Eq)]
struct Wanted<'g> {
    key: &'g str,
    values: Vec<&'g str>,
}

impl Wanted<'_> {
    fn is_borne_by(&self, node: &Object) -> bool {
        node.meta.label(self.key).is_some_and(|value| self.values.contains(&value))
    }
}

/// Where the labels stand that a node must have; of several terms any one would do.
const TERM: &str =
    "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[";

/// The labels that a pod selects its node by.
fn selector<'g>(view: &PodView<'g>) -> Vec<Wanted<'g>> {
    let fields = view.fields();
    let of_selector = |(path, leaf): (&'g str, &'g Leaf)| {
        let key = path.strip_prefix("nodeSelector[")?.strip_suffix(']')?;
        Some(Wanted { key, values: vec![leaf.shown()?] })
    };
    let is_one_term = fields.under(TERM).all(|(path, _)| path[TERM.len()..].starts_with("0]"));
    let of_term = |(path, operator): (&'g str, &'g Leaf)| {
        let at = path.strip_suffix("operator").filter(|_| operator.shown() == Some("In"))?;
        // A list of plain words is one value: `["a","b"]`.
        let values = fields.text(&format!("{at}values"))?.trim_matches(['[', ']']);
        let values = values.split(',').map(|value| value.trim_matches('"')).collect();
        Some(Wanted { key: fields.text(&format!("{at}key"))?, values })
    };
    let of_terms = fields.under(TERM).filter(|_| is_one_term).filter_map(of_term);
    fields.under("nodeSelector[").filter_map(of_selector).chain(of_terms).collect()
}

/// A node that bore all that the pod wants while one was sent there, and does not now.
fn relabelled<'g>(
    scene: &Scene<'g>,
    node: &'g Object,
    pod: &PodView<'g>,
) -> Option<Relabelled<'g>> {
    let mut lacks = selector(pod);
    lacks.retain(|label| !label.is_borne_by(node));
    let is_there = |view: &&PodView<'_>| view.pod.node.as_deref() == Some(&*node.meta.name);
    let selects_alike = |view: &&PodView<'_>| {
        let own = selector(view);
        lacks.iter().all(|label| own.contains(label))
    };
    let fitted = scene.pods.iter().filter(is_there).filter(selects_alike).map(PodView::created);
    let fitted = fitted.max().filter(|_| !lacks.is_empty())?;
    // A label that is gone leaves no mark of who took it.
    let written = lacks.iter().filter(|label| node.meta.label(label.key).is_some());
    let paths: Vec<String> =
        written.map(|label| format!("metadata.labels[{}]", label.key)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let by = author::of_paths(&node.ownership, &paths, When::Since(fitted));
    Some(Relabelled { node, lacks, by })
}
