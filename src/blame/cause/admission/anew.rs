//! A revision that asks for what has long been refused.
//!
//! *Sees*: the API server's words about a field, the revision that brought or took away that very
//! field, and a pod of the revision before that was made under the same rule.
//! *Near miss*: a rule that is newer than the pods of the revision before, or that may judge by
//! something else that is; a revision that changed another field.

use super::super::revision::describe;
use super::super::{Candidate, Case, Proof};
use crate::blame::change;
use crate::blame::denial::Denial;
use crate::blame::lineage::lineage;
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Weight;
use crate::graph::Object;
use crate::observe::{Difference, Fields, Leaf, Owner};
use jiff::Timestamp;

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
    step.predecessor?;
    let is_before = |view: &&PodView<'_>| view.revision == step.predecessor;
    let let_in = scene.pods.iter().filter(is_before).map(PodView::created).max()?;
    // Where nobody says since when the rule stands, what was let in once stands for what would be
    // now; where the rule cannot even be read, only the time speaks. Both times are the API
    // server's own, cut to whole seconds: what differs at all is in this order.
    let (was_let_in, proof) = match denier.time {
        _ if !is_read(scene, denial, denier) => (true, Proof::TimeOnly),
        Some(since) => (let_in > since, Proof::Supported),
        None => (true, Proof::Open),
    };
    if !was_let_in || judges_anew(scene, denial, let_in) {
        return None;
    }
    let said = symptom.message.as_deref().unwrap_or_default();
    let mut changes = step.changes();
    changes.retain(|d| is_refused(denial, said, step.before, d));
    if changes.is_empty() {
        return None;
    }
    changes.sort_by(|a, b| {
        let by_name = names(said, b).cmp(&names(said, a));
        by_name.then_with(|| change::prominence(a.path).cmp(&change::prominence(b.path)))
    });
    let found = describe(scene, step, &changes, Weight::Exact, proof, step.revision.current);
    // The words of a policy or a webhook are its author's own.
    let is_own_words = matches!(denial, Denial::Policy { .. } | Denial::Webhook { .. });
    Some(Candidate { is_doubtful: proof <= Proof::Open || is_own_words, ..found })
}

/// Whether the rule that refuses, and what decides whom it is for, can be read; of what is
/// missing there is nothing to read.
fn is_read(scene: &Scene<'_>, denial: &Denial, denier: &Candidate) -> bool {
    let namespace = scene.root.meta.namespace.as_deref().unwrap_or_default();
    let has_namespace = || scene.cluster_object("Namespace", namespace).is_some();
    match denial {
        Denial::QuotaField { name } => scene.named("ResourceQuota", name).is_some(),
        Denial::LimitRange => !scene.all("LimitRange").is_empty(),
        Denial::PodSecurity => has_namespace(),
        Denial::Policy { name } => {
            has_namespace() && scene.cluster_object("ValidatingAdmissionPolicy", name).is_some()
        }
        Denial::Webhook { .. } => has_namespace() && denier.object.is_some(),
        _ => true,
    }
}

/// Whether a policy may judge by what is newer than the pods it let in: its parameters, which
/// are not read, or the labels of the namespace.
fn judges_anew(scene: &Scene<'_>, denial: &Denial, let_in: Timestamp) -> bool {
    let has_parameters = match denial {
        Denial::Policy { name } => scene
            .cluster_object("ValidatingAdmissionPolicy", name)
            .and_then(Object::plain_fields)
            .is_some_and(|fields| fields.under("spec.paramKind.").next().is_some()),
        Denial::Webhook { .. } => false,
        _ => return false,
    };
    let namespace = scene.root.meta.namespace.as_deref().unwrap_or_default();
    let is_later = |owner: &Owner| {
        owner.owns_under("metadata.labels[") && owner.time.is_some_and(|at| at > let_in)
    };
    has_parameters
        || scene
            .cluster_object("Namespace", namespace)
            .is_some_and(|namespace| namespace.ownership.owners.iter().any(is_later))
}

/// Whether the refusal speaks of the field that was changed.
fn is_refused(denial: &Denial, said: &str, before: &Fields, d: &Difference<'_>) -> bool {
    // `containers[main].resources.requests.cpu` → `requests.cpu`.
    let resource = d.path.rsplit_once(".resources.").map(|(_, resource)| resource);
    match denial {
        Denial::LimitRange => resource.is_some_and(|resource| {
            let name = resource.split_once('.').map_or(resource, |(_, name)| name);
            said.contains(&format!("{name} usage per ")) || said.contains(&format!("{name} max"))
        }),
        Denial::QuotaField { .. } => {
            d.to.is_none() && resource.is_some_and(|resource| said.contains(resource))
                || new_container(before, d).is_some_and(|name| {
                    // `must specify limits.cpu for: log,main; limits.memory for: log`
                    said.split([' ', ',', ';']).any(|word| word == name)
                })
        }
        Denial::PodSecurity => d
            .path
            .split(['.', '[', ']'])
            .any(|field| SECURITY.contains(&field) && said.contains(field)),
        Denial::Missing { kind, name } => {
            let field = match *kind {
                "ServiceAccount" => "serviceAccountName",
                "PriorityClass" => "priorityClassName",
                "RuntimeClass" => "runtimeClassName",
                _ => return false,
            };
            d.path == field && d.to.and_then(Leaf::shown) == Some(name)
        }
        Denial::Policy { .. } => names(said, d) || names_field(said, d),
        // What stands behind a webhook may have other rules since: it has to name the very value.
        Denial::Webhook { .. } => d.to.is_some() && names(said, d),
        _ => false,
    }
}

/// The container that a difference belongs to, where the template before had none of that name.
fn new_container<'d>(before: &Fields, d: &Difference<'d>) -> Option<&'d str> {
    let list =
        d.path.split('[').next().filter(|l| matches!(*l, "containers" | "initContainers"))?;
    let name = d.path.get(list.len() + 1..)?.split(']').next()?;
    (!before.keys(list).any(|known| known == name)).then_some(name)
}

/// The shortest value that is not in a sentence by chance, in bytes.
const MIN_NAMED: usize = 4;

/// Whether a sentence names what was changed: its new value, or the key it stands under.
fn names(said: &str, d: &Difference<'_>) -> bool {
    let value = d.to.and_then(Leaf::shown);
    let key = d.path.strip_suffix(']').and_then(|path| path.rsplit('[').next());
    value.into_iter().chain(key).any(|word| word.len() >= MIN_NAMED && said.contains(word))
}

/// Whether a sentence names the field itself: `privileged`, `hostNetwork`.
fn names_field(said: &str, d: &Difference<'_>) -> bool {
    let field = d.path.rsplit(['.', ']']).next().unwrap_or_default();
    let mut words = said.split(|c: char| !c.is_ascii_alphanumeric());
    field.len() >= MIN_NAMED && field != "name" && words.any(|word| word == field)
}
