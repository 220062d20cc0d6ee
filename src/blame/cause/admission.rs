//! What refused a pod: a quota, a limit, a policy, a webhook, a missing object.
//!
//! The API server's own words name it, so the blame rests on them; the object tells
//! since when and by whom. *Near miss*: a refusal that names nothing we know; a revision that is the
//! first to ask for what has long been refused (its own change explains).

mod anew;
mod room;
mod rule;

pub(super) use rule::{only_range, since, values_at, writer};

use super::{Candidate, Case, Proof};
use crate::blame::denial::Denial;
use crate::blame::scene::{Scene, named_ref, object_ref};
use crate::blame::step::Weight;
use crate::blame::symptom::{Detail, NO_SET, Symptom};
use crate::graph::Object;
use crate::observe::line;
use crate::report::{CauseClass, Evidence, FieldChange, ObjectRef, Trigger, TriggerClass};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let Detail::Denied(denial) = &symptom.detail else { return Vec::new() };
    let Some(denier) = of_denial(scene, symptom, denial) else { return Vec::new() };
    let by_room = || room::revision(case, denial, &denier);
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
        Denial::Policy { name } => policy(scene, symptom, name),
        Denial::Webhook { name } => webhook(scene, symptom, name, true),
        Denial::WebhookDown { name } => webhook(scene, symptom, name, false),
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
            let what = format!("{kind} {name} does not exist");
            let mut candidate = cluster(CauseClass::Dependency, version, kind, Some(name), what);
            candidate.time = scene.cluster_object(kind, name).and_then(|o| o.gone);
            candidate
        }
        Denial::Other => return None,
    };
    candidate.weight = Weight::Exact;
    candidate.proof = Proof::Supported;
    let maker =
        symptom.revision.and_then(|at| scene.revisions.get(at)).map_or(scene.root, |r| r.carrier);
    candidate.evidence = vec![Evidence {
        object: object_ref(maker),
        field: match &*symptom.reason {
            NO_SET => "status.conditions[Progressing].message".to_owned(),
            _ => "status.conditions[ReplicaFailure].message".to_owned(),
        },
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
    let paths: Vec<String> = resources.iter().map(|r| format!("spec.hard[{r}]")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    if let Some(object) = object.filter(|o| o.gone.is_none() && !paths.is_empty()) {
        (candidate.time, candidate.by) = since(object, &paths, symptom.first);
    }
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
    let reference = object.map_or_else(|| named_ref(scene, version, kind, name), object_ref);
    let mut candidate = Candidate::new(class, Some(reference));
    if let Some(object) = object {
        (candidate.time, candidate.by) = since(object, &["spec."], symptom.first);
    }
    candidate
}

fn limit_range(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Candidate {
    let only = rule::only_range(scene);
    let mut candidate = match only {
        Some(range) => {
            named(scene, symptom, CauseClass::LimitRange, "v1", "LimitRange", &range.meta.name)
        }
        None => Candidate::new(CauseClass::LimitRange, None),
    };
    candidate.what = String::from("the pod lies outside the namespace's limits");
    let path = symptom.message.as_deref().and_then(rule::limit_path);
    candidate.changes = path
        .into_iter()
        .map(|path| {
            let values = only.map(|range| values_at(range, &path, symptom.first));
            let (from, to) = values.unwrap_or_default();
            FieldChange { path, from, to }
        })
        .collect();
    candidate
}

fn namespace(scene: &Scene<'_>, symptom: &Symptom<'_>, class: CauseClass, what: &str) -> Candidate {
    let name = scene.root.meta.namespace.as_deref().unwrap_or_default();
    let mut candidate = cluster(class, "v1", "Namespace", Some(name), what.to_owned());
    let object = scene.cluster_object("Namespace", name);
    if class == CauseClass::NamespaceTerminating {
        candidate.time = object.and_then(|o| o.meta.deletion_asked());
        candidate.trigger = Some(Trigger {
            class: TriggerClass::NamespaceDeletion,
            object: candidate.object.clone(),
            time: candidate.time.map(Into::into),
        });
    } else if let Some(object) = object {
        let found = writer(object, &[LEVEL_PATH], symptom.first);
        candidate.time = found.as_ref().map(|(_, at)| *at);
        candidate.by = found.map(|(author, _)| author);
        let to = object.meta.label(LEVEL).map(|level| line(level, 64));
        candidate.changes = vec![FieldChange { path: LEVEL_PATH.to_owned(), from: None, to }];
    }
    candidate
}

/// The label that sets a namespace's Pod Security level.
const LEVEL: &str = "pod-security.kubernetes.io/enforce";
/// The same as a path.
const LEVEL_PATH: &str = "metadata.labels[pod-security.kubernetes.io/enforce]";

/// A policy, in force since it, or the newest of its bindings, was last written.
fn policy(scene: &Scene<'_>, symptom: &Symptom<'_>, name: &str) -> Candidate {
    let mut candidate = cluster(
        CauseClass::AdmissionPolicy,
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicy",
        Some(name),
        format!("policy {name} refuses the pod"),
    );
    let own = scene.cluster_object("ValidatingAdmissionPolicy", name);
    let bindings = scene.cluster_objects("ValidatingAdmissionPolicyBinding");
    let binds = |object: &&Object| {
        object.plain_fields().and_then(|fields| fields.text("spec.policyName")) == Some(name)
    };
    let written = |object: &Object| since(object, &["spec."], symptom.first);
    let parts = own.into_iter().chain(bindings.into_iter().filter(binds));
    let parts: Vec<_> = parts.filter(|o| o.gone.is_none()).map(written).collect();
    if own.is_some() && parts.iter().all(|(time, _)| time.is_some()) {
        let newest = parts.into_iter().max_by_key(|(time, _)| *time);
        (candidate.time, candidate.by) = newest.unwrap_or_default();
    }
    candidate
}

/// The configuration that names a webhook; of two that do it cannot be told which spoke.
fn webhook(scene: &Scene<'_>, symptom: &Symptom<'_>, name: &str, has_answered: bool) -> Candidate {
    let path = format!("webhooks[{name}].name");
    let names_it = |object: &&Object| {
        object.gone.is_none()
            && object.plain_fields().is_some_and(|fields| fields.get(&path).is_some())
    };
    let kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
    let found: Vec<&Object> =
        kinds.iter().flat_map(|kind| scene.cluster_objects(kind)).filter(names_it).collect();
    let only = if let [only] = found.as_slice() { Some(*only) } else { None };
    let what = if has_answered { "refuses the pod" } else { "cannot be asked" };
    let mut candidate = Candidate {
        what: format!("webhook {name} {what}"),
        ..Candidate::new(CauseClass::AdmissionPolicy, only.map(object_ref))
    };
    if let Some(object) = only {
        let (time, by) = rule::of_webhook(object, name, symptom);
        // Of one that cannot be asked its configuration is what is new only where pods were let
        // in before it was written; else it is what stands behind it.
        if has_answered || rule::is_news(scene, time) {
            (candidate.time, candidate.by) = (time, by);
        }
    }
    candidate
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
