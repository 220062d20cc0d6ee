//! What a judgement needs beyond the root's own chain, as requests.

use super::super::cluster::Selection;
use super::super::resource::Resource;
use crate::blame::Judgement;
use crate::graph::Lookup;
use crate::report::{BlameReport, Status, Verdict};
use std::collections::BTreeSet;

/// How many objects of a kind are asked for by name; more are listed together.
const MAX_NAMED: usize = 1;

/// One request for more.
pub(in crate::plugin) struct Ask {
    pub(in crate::plugin) resource: Resource,
    pub(in crate::plugin) namespace: Option<String>,
    pub(in crate::plugin) selection: Selection,
    /// What it covers: everything of the kind, or one name.
    pub(in crate::plugin) name: Option<String>,
}

/// Whose events are read: the root, what makes its pods, and one pod that fails.
pub(in crate::plugin) fn told_by_events(judgement: &Judgement) -> Vec<String> {
    let report = &judgement.report;
    let mut uids = vec![report.spec.root.uid.clone()];
    let Some(status) = &report.status else { return uids };
    if status.findings.is_empty() {
        return hidden_in_events(report, status);
    }
    let current = status.revisions.iter().find(|revision| revision.current);
    let controller = current.and_then(|revision| revision.controller.as_ref());
    let maker = controller.filter(|c| c.kind != "ControllerRevision").and_then(|c| c.uid.clone());
    uids.extend(maker.filter(|maker| *maker != report.spec.root.uid));
    let failing = status.findings.iter().flat_map(|f| &f.symptom.examples).next();
    let pods = status.revisions.iter().flat_map(|revision| &revision.pod_details);
    uids.extend(pods.filter(|pod| Some(&pod.name) == failing).map(|pod| pod.uid.clone()).take(1));
    uids.dedup();
    uids
}

/// What only events tell: a refusal to make pods, where the kind has no condition for it,
/// and why a pod's containers do not begin.
fn hidden_in_events(report: &BlameReport, status: &Status) -> Vec<String> {
    if status.verdict != Verdict::Progressing {
        return Vec::new();
    }
    let root = &report.spec.root;
    let tells_nothing = matches!(&*root.kind, "StatefulSet" | "DaemonSet" | "Job");
    let pods = status.revisions.iter().flat_map(|revision| &revision.pod_details);
    let pending = pods.filter(|pod| pod.phase == "Pending").map(|pod| pod.uid.clone());
    tells_nothing.then(|| root.uid.clone()).into_iter().chain(pending.take(1)).collect()
}

/// The requests for what was looked up of one kind.
pub(in crate::plugin) fn inputs(resource: &Resource, lookups: &[&Lookup]) -> Vec<Ask> {
    let ask = |lookup: &Lookup, fields: Option<String>, name: Option<String>| Ask {
        resource: resource.clone(),
        namespace: lookup.namespace.as_deref().map(str::to_owned),
        selection: Selection { fields, metadata: resource.kind == "Secret", labels: None },
        name,
    };
    let names: BTreeSet<&str> = lookups.iter().filter_map(|l| l.name.as_deref()).collect();
    let is_whole = lookups.iter().any(|l| l.name.is_none()) || names.len() > MAX_NAMED;
    match lookups.first() {
        // A cluster's nodes are many and large: one is asked for, never all.
        Some(first) if is_whole && resource.namespaced => vec![ask(first, None, None)],
        _ => lookups
            .iter()
            .take(MAX_NAMED)
            .filter_map(|lookup| {
                let name = lookup.name.as_deref()?;
                Some(ask(lookup, Some(format!("metadata.name={name}")), Some(name.to_owned())))
            })
            .collect(),
    }
}
