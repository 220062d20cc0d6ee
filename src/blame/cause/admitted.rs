//! A field of the pod that admission set or overwrote: a `LimitRange`'s default, a
//! vertical autoscaler's recommendation, an injector's environment.
//!
//! *Sees*: a field the failed step reads that differs from the template, in a pod
//! nobody has edited since. *Near miss*: a well pod of the same revision with the
//! same value, or the container's own good run with it; a default that every pod gets
//! (tolerations, the token volume).

use super::{Candidate, Case, Proof, admission};
use crate::blame::scene::{PodView, SLACK, Scene, object_ref};
use crate::blame::step::{Step, Weight, weigh};
use crate::blame::symptom::Detail;
use crate::blame::{admit, change, lineage, peer};
use crate::graph::Object;
use crate::observe::{Difference, Fields, Leaf};
use crate::report::{Author, CauseClass, Evidence, FieldChange, ObjectRef};
use jiff::Timestamp;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    find(case).into_iter().collect()
}

fn find(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let instance = symptom.first_instance()?;
    let view = &instance.view;
    // What was set as the pod was made, it has had ever since: but memory fills up slowly.
    if instance.bore_its_pod() && symptom.detail != Detail::Oom {
        return None;
    }
    let revision = scene.revisions.get(view.revision?)?;
    if revision.carrier.meta.uid == view.object.meta.uid || revision.template.is_empty() {
        return None;
    }
    match symptom.container_path.as_deref() {
        Some(own) => drop(revision.template.under(&format!("{own}.")).next()?),
        // Of what concerns the pod as a whole only its requests are looked at.
        None if symptom.step == Step::Schedule => {}
        None => return None,
    }
    let created = view.created();
    let edited = |path: &str| {
        view.object.ownership.of(path).any(|o| o.time.is_some_and(|t| t > created + SLACK))
    };
    let diff = revision.template.diff(view.fields());
    let mut set: Vec<Difference<'_>> = diff
        .into_iter()
        .filter(|d| d.to.is_some() && weigh(symptom, d) >= Weight::Explains && !edited(d.path))
        .filter(|d| symptom.step != Step::Schedule || d.path.contains(".resources."))
        .filter(|d| !seen_edited(view, d.path) && !is_default(&revision.template, d))
        .collect();
    set.sort_by(|a, b| weigh(symptom, b).cmp(&weigh(symptom, a)).then_with(|| a.path.cmp(b.path)));
    let first = set.first()?;
    let (mut with, mut without) = (false, false);
    for other in scene.pods.iter().filter(|other| peer::passed(case, other)) {
        let (own, theirs) = (other.fields().get(first.path), template_of(scene, other));
        // A value of another template that was set alike shows that the setting does no harm.
        let is_set_alike = theirs.is_some_and(|t| {
            own != t.get(first.path) && t.get(first.path) != revision.template.get(first.path)
        });
        with |= own == first.to || is_set_alike;
        without |= own != first.to;
    }
    if with {
        return None;
    }
    // Where the template itself changed, what is set at admission only follows it.
    let lineage = lineage::lineage(scene, view.revision?);
    let follows = lineage
        .first()
        .is_some_and(|step| step.before.get(first.path) != revision.template.get(first.path));
    let (class, setter) = who_sets(scene, view, first.path);
    let range = setter.as_ref().filter(|setter| setter.kind == "LimitRange");
    let range = range.and_then(|setter| scene.named("LimitRange", setter.name.as_deref()?));
    let defaults = range.map(|range| defaults(range, &set, view.created())).unwrap_or_default();
    let written = match range {
        Some(range) => {
            let paths: Vec<&str> = defaults.iter().map(|change| change.path.as_str()).collect();
            admission::writer(range, &paths, view.created()).map(|(by, time)| (Some(by), time))
        }
        None => setter.as_ref().and_then(|setter| written(case, view, setter)),
    };
    let (by, time) = written.filter(|(_, time)| is_news(case, *time)).unzip();
    Some(Candidate {
        by: by.flatten(),
        time,
        weight: if follows { Weight::Reads } else { weigh(symptom, first) },
        proof: match without {
            true if !follows => Proof::Supported,
            false if lineage::is_lost(scene, view.revision?) => Proof::TimeOnly,
            _ => Proof::Open,
        },
        what: format!("set at admission: {}", change::phrase(&set)),
        // Of what was set by name alone it is told only who may have.
        is_doubtful: class == CauseClass::Injector && setter.is_some(),
        changes: defaults
            .into_iter()
            .chain(change::fields(&set))
            .take(change::MAX_CHANGES)
            .collect(),
        evidence: vec![Evidence {
            object: object_ref(view.object),
            field: format!("spec.{}", first.path),
            value: first.to.and_then(Leaf::shown).map(|v| crate::observe::line(v, 256)),
            time: view.object.meta.created.map(Into::into),
        }],
        ..Candidate::new(class, setter)
    })
}

fn template_of<'s>(scene: &'s Scene<'_>, view: &PodView<'_>) -> Option<&'s Fields> {
    view.revision.and_then(|at| scene.revisions.get(at)).map(|revision| &*revision.template)
}

/// What the API server sets in every pod: the default service account and its pull secrets, where
/// the template names none (kubernetes `plugin/pkg/admission/serviceaccount`), and requests that
/// are the limits (`pkg/apis/core/v1/defaults.go`).
fn is_default(template: &Fields, set: &Difference<'_>) -> bool {
    let is_account = matches!(set.path, "serviceAccountName" | "serviceAccount");
    let is_given = set.path.starts_with("imagePullSecrets[")
        && template.under("imagePullSecrets[").next().is_none();
    is_given
        || is_account && set.to.and_then(Leaf::shown) == Some("default")
        || set.path.contains(".resources.requests.")
            && template.get(&set.path.replace(".requests.", ".limits.")) == set.to
}

fn seen_edited(view: &PodView<'_>, path: &str) -> bool {
    view.object.memory.edits.iter().any(|edit| match &edit.what {
        crate::graph::Edited::Fields { before, after } => before.get(path) != after.get(path),
        crate::graph::Edited::Replicas { .. } => false,
    })
}

/// Who set it, by the mark it left; an unknown setter is an injector without a name.
fn who_sets(scene: &Scene<'_>, view: &PodView<'_>, path: &str) -> (CauseClass, Option<ObjectRef>) {
    let meta = &view.object.meta;
    if path.contains(".resources.") {
        if let Some(vpa) = vertical_autoscaler(scene, view) {
            return (CauseClass::Autoscaler, Some(vpa));
        }
        if meta.annotation("kubernetes.io/limit-ranger").is_some() || path.contains(".limits.") {
            if let Some(only) = admission::only_range(scene) {
                return (CauseClass::LimitRange, Some(object_ref(only)));
            }
            if meta.annotation("kubernetes.io/limit-ranger").is_some() {
                return (CauseClass::LimitRange, None);
            }
        }
    }
    // The key of a list's item is what whoever sets it has to name.
    let key = path.rsplit_once('[').and_then(|(_, rest)| rest.split(']').next());
    let field = path.rsplit('.').next().unwrap_or(path);
    (CauseClass::Injector, admit::only_injector(scene, view, key.unwrap_or(field)))
}

/// Who wrote what a setter does, and since when it does so.
fn written(
    case: &Case<'_, '_>,
    view: &PodView<'_>,
    setter: &ObjectRef,
) -> Option<(Option<Author>, Timestamp)> {
    let object = case.scene.cluster_object(&setter.kind, setter.name.as_deref()?)?;
    let (time, by) = admission::since(object, &["spec.", "webhooks["], view.created());
    Some((by, time?))
}

/// The defaults of a range that gave a pod its values, as they stood when it was made.
fn defaults(range: &Object, set: &[Difference<'_>], made: Timestamp) -> Vec<FieldChange> {
    let default = |d: &Difference<'_>| {
        let (_, resource) = d.path.split_once(".resources.")?;
        let (list, name) = resource.split_once('.')?;
        let given = d.to.and_then(Leaf::shown)?;
        // What is no request of its own is the limit's default (kubernetes `limitranger`).
        let lists: &[&str] =
            if list == "limits" { &["default"] } else { &["defaultRequest", "default"] };
        lists.iter().find_map(|list| {
            let path = format!("spec.limits[Container].{list}.{name}");
            let (from, to) = admission::values_at(range, &path, made);
            (to.as_deref() == Some(given)).then_some(FieldChange { path, from, to })
        })
    };
    set.iter().filter_map(default).collect()
}

/// Whether the root, or a pod that is well, was made before a time.
fn is_news(case: &Case<'_, '_>, since: Timestamp) -> bool {
    let is_older = case.scene.root.meta.created.is_some_and(|made| made + SLACK < since);
    is_older
        || case.scene.pods.iter().any(|other| other.created() < since && peer::passed(case, other))
}

/// `Pod resources updated by NAME: …` (autoscaler `vertical-pod-autoscaler`, annotation `vpaUpdates`).
pub(super) fn vertical_autoscaler(scene: &Scene<'_>, view: &PodView<'_>) -> Option<ObjectRef> {
    let said = view.object.meta.annotation("vpaUpdates")?;
    let name = said.split_once("updated by ").and_then(|(_, rest)| rest.split([':', ' ']).next());
    Some(ObjectRef {
        api_version: Some("autoscaling.k8s.io/v1".to_owned()),
        kind: "VerticalPodAutoscaler".to_owned(),
        namespace: scene.root.meta.namespace.as_deref().map(str::to_owned),
        name: name.map(str::to_owned),
        uid: None,
    })
}
