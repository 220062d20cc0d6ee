//! A revision that asks for what has long been refused.
//!
//! *Sees*: the API server's words about a field, the revision that brought or took away that very
//! field, and a pod of the revision before that was made under the same rule.
//! *Near miss*: a rule that is newer than the pods of the revision before; a revision that changed
//! another field.

use super::super::revision::describe;
use super::super::{Candidate, Case, Proof};
use crate::blame::denial::Denial;
use crate::blame::lineage::lineage;
use crate::blame::scene::PodView;
use crate::blame::step::Weight;
use crate::observe::Difference;

/// The fields that Pod Security speaks of by their own names (kubernetes
/// `pod-security-admission/policy`).
const SECURITY: &[&str] = &[
    "allowPrivilegeEscalation",
    "capabilities",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPath",
    "hostPort",
    "privileged",
    "procMount",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "sysctls",
];

/// The failing revision, where it and not the rule is what is new; `denier` is the rule.
pub(super) fn revision(
    case: &Case<'_, '_>,
    denial: &Denial,
    denier: &Candidate,
) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let steps = lineage(scene, symptom.revision?);
    let step = steps.first()?;
    let is_before = |view: &&PodView<'_>| view.revision == step.predecessor;
    let mut let_in = scene.pods.iter().filter(is_before).map(PodView::created);
    // Where the rule cannot be read, what was let in once stands for what would be now. Both times
    // are the API server's own, cut to whole seconds: what differs at all is in this order.
    let (was_let_in, proof) = match denier.time {
        Some(since) => (let_in.any(|at| at > since), Proof::Supported),
        None => (let_in.next().is_some(), Proof::Open),
    };
    if !was_let_in || step.predecessor.is_none() {
        return None;
    }
    let said = symptom.message.as_deref().unwrap_or_default();
    let mut changes = step.changes();
    changes.retain(|d| is_refused(denial, said, d));
    if changes.is_empty() {
        return None;
    }
    let found = describe(scene, step, &changes, Weight::Exact, proof, step.revision.current);
    let is_doubtful = proof == Proof::Open;
    Some(Candidate { is_doubtful, ..found })
}

/// Whether the refusal speaks of the field that was changed.
fn is_refused(denial: &Denial, said: &str, d: &Difference<'_>) -> bool {
    // `containers[main].resources.requests.cpu` → `requests.cpu`.
    let resource = d.path.rsplit_once(".resources.").map(|(_, resource)| resource);
    match denial {
        Denial::LimitRange => resource.is_some_and(|resource| {
            let name = resource.split_once('.').map_or(resource, |(_, name)| name);
            said.contains(&format!("{name} usage per ")) || said.contains(&format!("{name} max"))
        }),
        Denial::QuotaField { .. } => {
            d.to.is_none() && resource.is_some_and(|resource| said.contains(resource))
        }
        Denial::PodSecurity => d
            .path
            .split(['.', '[', ']'])
            .any(|field| SECURITY.contains(&field) && said.contains(field)),
        _ => false,
    }
}
