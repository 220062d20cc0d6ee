//! From what someone asked for to an object of the graph, and to its root.

use super::failure::Failure;
use super::kinds::KindWord;
use crate::blame::{self, Judgement};
use crate::graph::{Graph, Object};
use crate::observe::Uid;
use crate::report::BlameReport;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How alike two names must be for one to be offered instead of the other.
const ALIKE: f64 = 0.65;
/// How much of a name has to stand, so that it is offered.
const SHARED: f64 = 0.4;
/// How many names are offered.
const MAX_OFFERED: usize = 3;
/// How many namespaces are named.
const MAX_NAMESPACES: usize = 8;

/// What was found for one target.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The report of the root.
    pub(super) report: BlameReport,
    /// The pod that was asked for, where it was a pod below a root.
    pub(super) pod: Option<String>,
}

/// Judges what was asked for by name.
pub(super) fn named(
    graph: &Graph,
    now: Timestamp,
    kind: &KindWord,
    name: &str,
    namespace: Option<&str>,
) -> Result<Found, Failure> {
    let object = object(graph, kind, name, namespace)?;
    let shown = format!("{} {}", object.kind(), object.meta.name);
    let root = graph.root_of(&object.meta.uid).ok_or_else(|| {
        Failure::new(format!("{shown} makes no pods: ask for a workload or a pod"))
    })?;
    let judgement = blame::judge(graph, &root, now, None).ok_or_else(|| match object.gone {
        Some(_) => Failure::new(format!("{shown} was deleted")),
        None => Failure::new(format!("{shown} cannot be judged: its root is not known")),
    })?;
    let is_pod = object.kind() == "Pod" && object.meta.uid != root;
    Ok(Found { report: judgement.report, pod: is_pod.then(|| object.meta.name.to_string()) })
}

/// Judges every root of a kind, or of all, that is to have a report.
pub(super) fn all(
    graph: &Graph,
    now: Timestamp,
    kind: Option<&KindWord>,
    namespace: Option<&str>,
) -> Vec<Judgement> {
    graph
        .roots()
        .into_iter()
        .filter(|root| namespace.is_none_or(|n| root.meta.namespace.as_deref() == Some(n)))
        .filter(|root| kind.is_none_or(|kind| is_a(root, kind)))
        .filter_map(|root| blame::judge(graph, &root.meta.uid, now, None))
        .filter(|judgement| judgement.wanted)
        .collect()
}

/// The object of a kind and a name: the living one, or else the one deleted last.
pub(super) fn object<'g>(
    graph: &'g Graph,
    kind: &KindWord,
    name: &str,
    namespace: Option<&str>,
) -> Result<&'g Object, Failure> {
    let of_kind: Vec<&Object> = graph.objects().filter(|o| is_a(o, kind)).collect();
    let here = |o: &&&Object| namespace.is_none_or(|n| o.meta.namespace.as_deref() == Some(n));
    let mut matches: Vec<&Object> =
        of_kind.iter().filter(|o| &*o.meta.name == name).filter(here).copied().collect();
    if matches.iter().any(|o| o.gone.is_none()) {
        matches.retain(|o| o.gone.is_none());
    }
    let namespaces: BTreeSet<_> = matches.iter().filter_map(|o| o.meta.namespace.clone()).collect();
    if namespaces.len() > 1 {
        let shown: Vec<&str> = namespaces.iter().map(|n| &**n).take(MAX_NAMESPACES).collect();
        return Err(Failure::new(format!(
            "{kind}/{name} exists in {} namespaces ({}{}): choose one with -n",
            namespaces.len(),
            shown.join(", "),
            if namespaces.len() > MAX_NAMESPACES { ", …" } else { "" },
        )));
    }
    let rank = |o: &&Object| (o.gone, o.meta.created, o.meta.uid.clone());
    matches.into_iter().max_by_key(rank).ok_or_else(|| not_found(graph, kind, name, namespace))
}

fn is_a(object: &Object, kind: &KindWord) -> bool {
    kind.names(object.kind(), object.meta.type_ref.group())
}

/// The sentence for an object that is not there: other namespaces, other kinds, nearest names.
fn not_found(graph: &Graph, kind: &KindWord, name: &str, namespace: Option<&str>) -> Failure {
    let place = namespace.map(|n| format!(" in namespace {n}")).unwrap_or_default();
    let start = format!("{kind}/{name} not found{place}");
    let names = |o: &Object| &*o.meta.name == name;
    let elsewhere: BTreeSet<String> = graph
        .objects()
        .filter(|o| names(o) && is_a(o, kind))
        .filter_map(|o| o.meta.namespace.as_deref().map(str::to_owned))
        .take(MAX_NAMESPACES)
        .collect();
    if !elsewhere.is_empty() {
        let list: Vec<String> = elsewhere.into_iter().collect();
        return Failure::NotFound(format!("{start}; it exists in {}", list.join(", ")));
    }
    let other = graph.objects().find(|o| names(o) && graph.root_of(&o.meta.uid).is_some());
    if let Some(other) = other {
        let kind = other.kind().to_ascii_lowercase();
        return Failure::NotFound(format!("{start}; did you mean {kind}/{name}?"));
    }
    let candidates: Vec<&Object> = graph.objects().filter(|o| is_a(o, kind)).collect();
    let nearest = nearest(name, candidates.iter().map(|o| &*o.meta.name));
    Failure::NotFound(match (nearest.is_empty(), candidates.is_empty()) {
        (false, _) => format!("{start}; did you mean {}?", nearest.join(" or ")),
        (true, true) => format!("{start}: there is no {kind} at all"),
        (true, false) => start,
    })
}

/// Of pods one container only.
pub(super) fn narrow(found: &mut [Found], container: Option<&str>) -> Result<(), Failure> {
    let Some(container) = container else { return Ok(()) };
    for one in found {
        let Some(pod) = &one.pod else {
            return Err(Failure::new("-c names a container of a pod: write pod/NAME"));
        };
        let Some(status) = &mut one.report.status else { continue };
        let details = status.revisions.iter_mut().flat_map(|revision| &mut revision.pod_details);
        for detail in details.filter(|detail| detail.name == *pod) {
            let names: Vec<String> = detail.containers.iter().map(|c| c.name.clone()).collect();
            if !names.iter().any(|name| name == container) {
                return Err(Failure::new(format!(
                    "pod {pod} has no container {container:?}; it has {}",
                    names.join(", ")
                )));
            }
            detail.containers.retain(|c| c.name == container);
        }
        let is_of_it = |name: &Option<String>| name.as_deref().is_none_or(|n| n == container);
        status.findings.retain(|finding| is_of_it(&finding.symptom.container));
    }
    Ok(())
}

/// The names most like one, best first.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let distinct: BTreeSet<&str> = names.collect();
    let mut scored: Vec<(f64, &str)> = distinct
        .into_iter()
        .filter_map(|other| {
            let starts = other.starts_with(name) || name.starts_with(other);
            // Two measures: one likes common beginnings, the other swapped letters.
            let swapped = strsim::normalized_damerau_levenshtein(name, other);
            let alike = strsim::jaro_winkler(name, other).max(swapped);
            // The first finds much in common where most letters are others.
            (starts || swapped >= SHARED)
                .then_some((if starts { alike.max(0.95) } else { alike }, other))
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().take(MAX_OFFERED).map(|(_, other)| other).collect()
}

/// Each report once, in the order asked for.
pub(super) fn distinct(found: &[Found]) -> Vec<&BlameReport> {
    let mut seen: BTreeSet<Uid> = BTreeSet::new();
    found
        .iter()
        .filter(|found| seen.insert(Uid::new(&found.report.spec.root.uid)))
        .map(|found| &found.report)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typing_errors_are_forgiven() {
        let names = ["my-busybox", "web", "webshop", "payments"];
        assert_eq!(nearest("my-bsuybox", names.into_iter()), ["my-busybox"]);
        assert_eq!(nearest("web", ["webshop"].into_iter()), ["webshop"]);
        assert!(nearest("zzz", names.into_iter()).is_empty());
    }
}
