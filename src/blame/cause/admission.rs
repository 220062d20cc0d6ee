//! What refused a pod: a quota, a limit, a policy, a webhook, a missing object.
//!
//! The API server's own words name it, so the blame rests on them; the object tells
//! since when and by whom. *Near miss*: a refusal that names nothing we know; a revision that is the
//! first to ask for what has long been refused (its own change explains).

mod anew;
mod room;

use super::admitted::only_range;
use super::{Candidate, Case, Proof};
use crate::blame::author::{self, When};
use crate::blame::denial::Denial;
use crate::blame::scene::{SLACK, Scene, object_ref};
use crate::blame::step::Weight;
use crate::blame::symptom::{Detail, Symptom};
use crate::graph::{Edited, Object};
use crate::observe::Owner;
use crate::report::{Author, CauseClass, Evidence, FieldChange, ObjectRef, Trigger, TriggerClass};
use jiff::Timestamp;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let Detail::Denied(denial) = &symptom.detail else { return Vec::new() };
    let Some(denier) = of_denial(scene, symptom, denial) else { return Vec::new() };
    let is_quota = matches!(denial, Denial::Quota { .. });
    let by_room = || is_quota.then(|| room::revision(case, &denier)).flatten();
    match anew::revision(case, denial, &denier).or_else(by_room) {
        // What let the revision before in is not what is new.
        Some(revision) => {
            let evidence = denier.evidence.clone();
            let borne = Candidate { weight: Weight::Reads, proof: Proof::TimeOnly, ..denier };
            vec![Candidate { evidence, ..revision }, borne]
        }
        None => vec![denier],
    }
}

fn of_denial(scene: &Scene<'_>, symptom: &Symptom<'_>, denial: &Denial) -> Option<Candidate> {
    let mut candidate = match denial {
        Denial::Quota { name, resources } => quota(scene, symptom, name, resources),
        Denial::QuotaField { name } => {
            let mut candidate =
                named(scene, symptom, CauseClass::Quota, "v1", "ResourceQuota", name);
            candidate.what =
                format!("quota {name} asks for a field that the template does not set");
            candidate
        }
        Denial::LimitRange => limit_range(scene, symptom),
        Denial::PodSecurity => namespace(
            scene,
            symptom,
            CauseClass::AdmissionPolicy,
            "the namespace's Pod Security level refuses the pod",
        ),
        Denial::NamespaceTerminating => namespace(
            scene,
            symptom,
            CauseClass::NamespaceTerminating,
            "the namespace is being deleted",
        ),
        Denial::Policy { name } => cluster(
            CauseClass::AdmissionPolicy,
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            Some(name),
            format!("policy {name} refuses the pod"),
        ),
        Denial::Webhook { name } => webhook(scene, name, "refuses the pod"),
        Denial::WebhookDown { name } => webhook(scene, name, "cannot be asked"),
        Denial::Missing { kind: "ServiceAccount", name } => {
            let mut candidate =
                named(scene, symptom, CauseClass::Dependency, "v1", "ServiceAccount", name);
            candidate.what = format!("ServiceAccount {name} does not exist");
            candidate.time = scene.named("ServiceAccount", name).and_then(|o| o.gone);
            candidate.by = None;
            candidate
        }
        Denial::Missing { kind, name } => {
            let version =
                if *kind == "RuntimeClass" { "node.k8s.io/v1" } else { "scheduling.k8s.io/v1" };
            cluster(
                CauseClass::Dependency,
                version,
                kind,
                Some(name),
                format!("{kind} {name} does not exist"),
            )
        }
        Denial::Other => return None,
    };
    candidate.weight = Weight::Exact;
    candidate.proof = Proof::Supported;
    let maker =
        symptom.revision.and_then(|at| scene.revisions.get(at)).map_or(scene.root, |r| r.carrier);
    candidate.evidence = vec![Evidence {
        object: object_ref(maker),
        field: "status.conditions[ReplicaFailure].message".to_owned(),
        value: symptom.message.clone(),
        time: Some(symptom.first.into()),
    }];
    Some(candidate)
}

fn quota(scene: &Scene<'_>, symptom: &Symptom<'_>, name: &str, resources: &[String]) -> Candidate {
    let mut candidate = named(scene, symptom, CauseClass::Quota, "v1", "ResourceQuota", name);
    let list = resources.join(", ");
    candidate.what = if list.is_empty() {
        format!("quota {name} is used up")
    } else {
        format!("quota {name} has no {list} left")
    };
    let object = scene.named("ResourceQuota", name);
    candidate.changes = resources
        .iter()
        .map(|resource| {
            let path = format!("spec.hard[{resource}]");
            let (from, to) =
                object.map(|object| values_at(object, &path, symptom.first)).unwrap_or_default();
            FieldChange { path, from, to }
        })
        .collect();
    candidate.remedy = Some(format!("raise the quota {name} or free some of it"));
    candidate
}

/// What a field was changed from and to, as it stood when the failing began.
pub(super) fn values_at(
    object: &Object,
    path: &str,
    at: Timestamp,
) -> (Option<String>, Option<String>) {
    let Some(fields) = object.plain_fields() else { return (None, None) };
    let mut to = fields.text(path).map(str::to_owned);
    for edit in object.memory.edits.iter().rev() {
        let Edited::Fields { before, after } = &edit.what else { continue };
        if before.get(path) == after.get(path) {
            continue;
        }
        let was = before.text(path).map(str::to_owned);
        if edit.not_before <= at + SLACK {
            return (was, to);
        }
        // Edited since: what stood then is what it was changed from.
        to = was;
    }
    let is_newer = |owner: &&Owner| owner.time.is_some_and(|time| time > at + SLACK);
    // In a dump the value of before a later edit is gone.
    (None, to.filter(|_| object.ownership.of(path).find(is_newer).is_none()))
}

/// Who wrote some fields of an object before the failing began. A later edit did not
/// bring it about, and hides who did.
fn writer(object: &Object, paths: &[&str], first: Timestamp) -> Option<(Author, Timestamp)> {
    let since = object.meta.created.unwrap_or(object.memory.seen);
    let owners = std::iter::once(&object.ownership)
        .chain(object.memory.edits.iter().rev().map(|edit| &edit.ownership));
    owners
        .filter_map(|ownership| author::of_paths(ownership, paths, When::Since(since)))
        .find(|(_, at)| *at <= first + SLACK)
}

/// A namespaced object by name, with who wrote its spec and when.
fn named(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    class: CauseClass,
    version: &str,
    kind: &str,
    name: &str,
) -> Candidate {
    let object = scene.named(kind, name).filter(|object| object.gone.is_none());
    let reference = object.map_or_else(
        || ObjectRef {
            api_version: Some(version.to_owned()),
            kind: kind.to_owned(),
            namespace: scene.root.meta.namespace.as_deref().map(str::to_owned),
            name: Some(name.to_owned()),
            uid: None,
        },
        object_ref,
    );
    let (by, time) = object.map(|object| written(object, symptom.first)).unwrap_or_default();
    Candidate { by, time, ..Candidate::new(class, Some(reference)) }
}

/// Who wrote what stood in an object's spec at a time, and when, as far as either is known.
pub(super) fn written(object: &Object, at: Timestamp) -> (Option<Author>, Option<Timestamp>) {
    let paths = spec_paths(object);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let found = writer(object, &paths, at);
    let is_later = |owner: &Owner| {
        let after = owner.time.is_some_and(|time| time > at + SLACK);
        after && paths.iter().any(|path| owner.owns(path))
    };
    let created = object.meta.created.filter(|made| *made <= at + SLACK);
    let untouched = !object.ownership.owners.iter().any(is_later);
    let time = found.as_ref().map(|(_, at)| *at).or(created.filter(|_| untouched));
    (found.map(|(author, _)| author), time)
}

fn spec_paths(object: &Object) -> Vec<String> {
    let fields = object.plain_fields().into_iter();
    fields.flat_map(|fields| fields.under("spec.")).map(|(path, _)| path.to_owned()).collect()
}

fn limit_range(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Candidate {
    let mut candidate = match only_range(scene) {
        Some(range) => {
            named(scene, symptom, CauseClass::LimitRange, "v1", "LimitRange", &range.meta.name)
        }
        None => Candidate::new(CauseClass::LimitRange, None),
    };
    candidate.what = String::from("the pod lies outside the namespace's limits");
    candidate
}

fn namespace(scene: &Scene<'_>, symptom: &Symptom<'_>, class: CauseClass, what: &str) -> Candidate {
    let name = scene.root.meta.namespace.as_deref().unwrap_or_default();
    let mut candidate = cluster(class, "v1", "Namespace", Some(name), what.to_owned());
    let object = scene.cluster_object("Namespace", name);
    if class == CauseClass::NamespaceTerminating {
        candidate.time = object.and_then(|o| o.meta.deleting);
        candidate.trigger = Some(Trigger {
            class: TriggerClass::NamespaceDeletion,
            object: candidate.object.clone(),
            time: candidate.time.map(Into::into),
        });
    } else if let Some(object) = object {
        let level = ["metadata.labels[pod-security.kubernetes.io/enforce]"];
        let found = writer(object, &level, symptom.first);
        candidate.time = found.as_ref().map(|(_, at)| *at);
        candidate.by = found.map(|(author, _)| author);
    }
    candidate
}

/// The configuration that names a webhook; of two that do it cannot be told which spoke.
fn webhook(scene: &Scene<'_>, name: &str, what: &str) -> Candidate {
    let path = format!("webhooks[{name}].name");
    let names_it = |object: &&Object| {
        object.gone.is_none()
            && object.plain_fields().is_some_and(|fields| fields.get(&path).is_some())
    };
    let kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
    let found: Vec<&Object> =
        kinds.iter().flat_map(|kind| scene.cluster_objects(kind)).filter(names_it).collect();
    let object = if let [only] = found.as_slice() { Some(object_ref(only)) } else { None };
    Candidate {
        what: format!("webhook {name} {what}"),
        ..Candidate::new(CauseClass::AdmissionPolicy, object)
    }
}

fn cluster(
    class: CauseClass,
    version: &str,
    kind: &str,
    name: Option<&str>,
    what: String,
) -> Candidate {
    let object = ObjectRef {
        api_version: Some(version.to_owned()),
        kind: kind.to_owned(),
        namespace: None,
        name: name.map(str::to_owned),
        uid: None,
    };
    Candidate { what, ..Candidate::new(class, name.is_some().then_some(object)) }
}
