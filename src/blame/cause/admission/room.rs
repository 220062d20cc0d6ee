//! A revision that asks for more of what a quota counts, and for too much.
//!
//! *Sees*: the refusal's own sum, `requested: limits.memory=60Mi, used: limits.memory=40Mi,
//! limited: limits.memory=80Mi` (kubernetes `plugin/pkg/admission/resourcequota`), and what one
//! pod of the revision before would have asked for. *Near miss*: a quota in which that pod had
//! found no room either; one that was written since that revision's pods were made; a pod that a
//! scale-up asks for; a sum that is not the template's, such as a default's.

use super::super::revision::describe;
use super::super::{Candidate, Case, Proof};
use crate::blame::denial::Denial;
use crate::blame::lineage::lineage;
use crate::blame::quantity::quantity;
use crate::blame::scene::PodView;
use crate::blame::step::Weight;
use crate::blame::trigger;
use crate::observe::Fields;
use crate::report::TriggerClass;

/// The failing revision, where what the one before asked for would fit.
pub(super) fn revision(
    case: &Case<'_, '_>,
    denial: &Denial,
    quota: &Candidate,
) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let is_quota = matches!(denial, Denial::Quota { .. });
    if !is_quota || trigger::of(scene, symptom, None).class != TriggerClass::Rollout {
        return None;
    }
    let steps = lineage(scene, symptom.revision?);
    let step = steps.first()?;
    let is_before = |view: &&PodView<'_>| view.revision == step.predecessor;
    let let_in = scene.pods.iter().filter(is_before).map(PodView::created).max()?;
    let proof = match quota.time {
        Some(since) if let_in > since => Proof::Supported,
        Some(_) => return None,
        // Which of the two is new cannot be told, so neither is blamed.
        None => Proof::TimeOnly,
    };
    let sums = sums(symptom.message.as_deref()?)?;
    let fits = |sum: &Sum<'_>| {
        let asks = |template: &Fields| of_pod(template, sum.field);
        is_equal(asks(&step.revision.template), sum.requested)
            && sum.used + asks(step.before) <= sum.limited
    };
    if !sums.iter().all(fits) {
        return None;
    }
    let mut changes = step.changes();
    changes.retain(|d| {
        let resource = d.path.rsplit_once(".resources.").map(|(_, resource)| resource);
        resource.is_some_and(|r| sums.iter().any(|sum| r == sum.field || r == as_limit(sum.field)))
    });
    let found = || describe(scene, step, &changes, Weight::Exact, proof, step.revision.current);
    (!changes.is_empty()).then(found)
}

/// One resource that a quota has too little of.
struct Sum<'a> {
    /// As a container's `resources` has it: `limits.memory`.
    field: &'a str,
    requested: f64,
    used: f64,
    limited: f64,
}

/// What the refusal says of each; nothing where one is a count, as that of pods.
fn sums(said: &str) -> Option<Vec<Sum<'_>>> {
    let list = |word: &str| {
        let (_, rest) = said.split_once(word)?;
        Some(rest.split([' ', '\n']).next()?.trim_end_matches(','))
    };
    let (used, limited) = (list("used: ")?, list("limited: ")?);
    let of = |list: &str, name: &str| {
        let mut items = list.split(',').filter_map(|item| item.split_once('='));
        items.find(|(key, _)| *key == name).and_then(|(_, value)| quantity(value))
    };
    let items = list("requested: ")?.split(',').filter_map(|item| item.split_once('='));
    let sum = |(name, value)| {
        let field = match name {
            "cpu" => "requests.cpu",
            "memory" => "requests.memory",
            "ephemeral-storage" => "requests.ephemeral-storage",
            _ if name.starts_with("requests.") || name.starts_with("limits.") => name,
            _ => return None,
        };
        let (requested, used, limited) = (quantity(value)?, of(used, name)?, of(limited, name)?);
        Some(Sum { field, requested, used, limited })
    };
    items.map(sum).collect::<Option<Vec<_>>>().filter(|sums| !sums.is_empty())
}

/// What a pod of a template asks for: of its containers the sum, or of an init container more
/// (kubernetes `pkg/quota/v1/evaluator/core/pods.go`).
fn of_pod(template: &Fields, field: &str) -> f64 {
    let of = |list: &str, name: &str| {
        // A request that is not set is the limit.
        [field, &as_limit(field)]
            .iter()
            .find_map(|field| template.text(&format!("{list}[{name}].resources.{field}")))
            .and_then(quantity)
            .unwrap_or_default()
    };
    let sum: f64 = template.keys("containers").map(|name| of("containers", name)).sum();
    template.keys("initContainers").map(|name| of("initContainers", name)).fold(sum, f64::max)
}

fn as_limit(field: &str) -> String {
    field.replacen("requests.", "limits.", 1)
}

fn is_equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_a_refusal_are_read() {
        let said = "pods \"web-1\" is forbidden: exceeded quota: q, requested: limits.memory=60Mi,requests.cpu=1, used: limits.memory=40Mi,requests.cpu=1500m, limited: limits.memory=80Mi,requests.cpu=2";
        let read: Vec<_> = sums(said)
            .unwrap_or_default()
            .iter()
            .map(|s| (s.field.to_owned(), s.requested, s.used, s.limited))
            .collect();
        let mib = 1024.0 * 1024.0;
        assert_eq!(
            read,
            [
                ("limits.memory".to_owned(), 60.0 * mib, 40.0 * mib, 80.0 * mib),
                ("requests.cpu".to_owned(), 1.0, 1.5, 2.0)
            ]
        );
        let counted = "exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=2, limited: pods=2,requests.cpu=2";
        assert!(sums(counted).is_none(), "no revision asks for more pods");
        assert!(sums("exceeded quota: q").is_none(), "it says no sum");
    }
}
