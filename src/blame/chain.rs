//! *Chains*: a cause that is itself an effect is followed to what broke it.
//!
//! A webhook, or an address that a pod cannot reach → its Service → the Deployment behind it →
//! what that one's own judgement blames; a claim → its class → the provisioner's root; a preemptor → its root and its
//! revision. Bounded, each root once; what is found is a contributor, never the cause: that it is the reason is likely, not proved.
//! *Near miss*: a backend that is well; a Service that selects nothing we may read.

mod preemptor;
mod service;

pub(super) use service::names_dead_service;

use super::cause::Candidate;
use super::denial::Denial;
use super::scene::{Scene, object_ref, workload};
use super::symptom::Detail as Found;
use super::symptom::Symptom;
use crate::graph::{Graph, Object};
use crate::observe::{Event, Fields, Uid};
use crate::report::{Cause, CauseClass, Confidence, ObjectRef};

/// How many roots a chain may pass.
const MAX_DEPTH: usize = 2;

/// The causes behind a cause, nearest first.
pub(super) fn behind(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    candidate: &Candidate,
) -> Vec<Cause> {
    if scene.passed.len() >= MAX_DEPTH {
        return Vec::new();
    }
    match (candidate.class, &symptom.detail) {
        (CauseClass::AdmissionPolicy, Found::Denied(Denial::WebhookDown { name })) => {
            of_webhook(scene, candidate, name)
        }
        (CauseClass::Volume, _) => of_claim(scene, candidate),
        (CauseClass::Preemption, _) => preemptor::behind(scene, symptom).into_iter().collect(),
        (CauseClass::External, _) => service::behind(scene, symptom, candidate),
        _ => Vec::new(),
    }
}

/// What is wrong with the backend of a webhook that cannot be asked.
fn of_webhook(scene: &Scene<'_>, candidate: &Candidate, webhook: &str) -> Vec<Cause> {
    let Some(object) = candidate.object.as_ref() else { return Vec::new() };
    let name = object.name.as_deref().unwrap_or_default();
    let Some(fields) = scene.cluster_object(&object.kind, name).and_then(Object::plain_fields)
    else {
        return Vec::new();
    };
    let path = |field: &str| format!("webhooks[{webhook}].clientConfig.service.{field}");
    let (Some(namespace), Some(service)) =
        (fields.text(&path("namespace")), fields.text(&path("name")))
    else {
        return Vec::new();
    };
    let found = scene.named_in("Service", namespace, service);
    if found.is_none_or(|service| service.gone.is_some()) {
        let is_known = scene.knows_all("Service");
        let missing = ObjectRef {
            api_version: Some("v1".to_owned()),
            kind: "Service".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: Some(service.to_owned()),
            uid: None,
        };
        let gone = found.and_then(|service| service.gone);
        let what = "the webhook's Service does not exist";
        return is_known
            .then(|| link(scene, CauseClass::Dependency, Some(missing), what, gone))
            .into_iter()
            .collect();
    }
    let selector = found.and_then(Object::plain_fields).map(selector).unwrap_or_default();
    if selector.is_empty() {
        return Vec::new();
    }
    backends(scene, namespace, &selector)
        .into_iter()
        .filter_map(|root| of_root(scene, root))
        .collect()
}

/// What provisions a claim that is not bound, as far as the claim's own events name it.
fn of_claim(scene: &Scene<'_>, candidate: &Candidate) -> Vec<Cause> {
    let Some(name) = candidate.object.as_ref().and_then(|o| o.name.as_deref()) else {
        return Vec::new();
    };
    let Some(claim) = scene.named("PersistentVolumeClaim", name) else { return Vec::new() };
    let class = claim.plain_fields().and_then(|fields| fields.text("spec.storageClassName"));
    let is_known = scene.knows_all("StorageClass");
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        let object = scene.cluster_object("StorageClass", class);
        if is_known && object.is_none_or(|o| o.gone.is_some()) {
            let missing = ObjectRef {
                api_version: Some("storage.k8s.io/v1".to_owned()),
                kind: "StorageClass".to_owned(),
                namespace: None,
                name: Some(class.to_owned()),
                uid: None,
            };
            let what = "the claim's StorageClass does not exist";
            let gone = object.and_then(|o| o.gone);
            return vec![link(scene, CauseClass::Dependency, Some(missing), what, gone)];
        }
    }
    let events = scene.events(claim).iter();
    let failed = events.filter(|e| &*e.reason == "ProvisioningFailed").filter_map(provisioner);
    failed
        .filter_map(|pod| root_of_pod(scene, pod))
        .take(1)
        .filter_map(|r| of_root(scene, r))
        .collect()
}

/// The pod that reported an event: an external provisioner signs as
/// `driver_pod_uid` (kubernetes-csi `external-provisioner`, `cmd/csi-provisioner`).
fn provisioner(event: &Event) -> Option<&str> {
    let mut parts = event.source.split('_');
    parts.next()?;
    parts.next().filter(|pod| !pod.is_empty())
}

fn root_of_pod<'g>(scene: &Scene<'g>, name: &str) -> Option<&'g Object> {
    let mut pods = scene.graph.anywhere("Pod", name);
    let pod = pods.next().filter(|_| pods.next().is_none())?;
    scene.graph.object(&scene.graph.root_of(&pod.meta.uid)?)
}

/// What another root's own judgement blames, or that nobody wants a pod of it.
fn of_root(scene: &Scene<'_>, root: &Object) -> Option<Cause> {
    scene.has_asked(root);
    let uid = &root.meta.uid;
    if *uid == scene.root.meta.uid || scene.passed.contains(uid) {
        return None;
    }
    if workload(root).is_some_and(|w| w.replicas == Some(0)) {
        let what = "what stands behind it is scaled to zero";
        return Some(link(scene, CauseClass::Scale, Some(object_ref(root)), what, None));
    }
    let found = cause_of(scene.graph, uid, scene)?;
    let what = match found.revision {
        Some(number) => format!("what stands behind it is broken by its revision {number}"),
        None => format!("what stands behind it is broken: {}", found.class),
    };
    let cause = link(scene, found.class, found.object, &what, None);
    Some(Cause { revision: found.revision, time: found.time, ..cause })
}

fn cause_of(graph: &Graph, uid: &Uid, scene: &Scene<'_>) -> Option<Cause> {
    let mut passed = scene.passed.clone();
    passed.push(scene.root.meta.uid.clone());
    let other = Scene::gather(graph, uid, scene.now, None)?.after(passed);
    let symptoms = super::symptom::all(&other);
    let case = super::cause::Case { scene: &other, symptom: symptoms.first()?, all: &symptoms };
    let cause = super::decide::finding(&case).cause;
    cause.is_blame().then_some(cause)
}

/// One link of a chain, as a contributor. Other namespaces' objects are shown by kind only.
fn link(
    scene: &Scene<'_>,
    class: CauseClass,
    object: Option<ObjectRef>,
    what: &str,
    time: Option<jiff::Timestamp>,
) -> Cause {
    let own = scene.root.meta.namespace.as_deref();
    let object = object.map(|object| {
        if object.namespace.is_none() || object.namespace.as_deref() == own {
            object
        } else {
            ObjectRef { name: None, uid: None, ..object }
        }
    });
    Cause {
        class,
        confidence: Some(Confidence::Likely),
        object,
        revision: None,
        generation: None,
        changes: Vec::new(),
        by: None,
        time: time.map(Into::into),
        not_before: None,
        shared: false,
        summary: what.to_owned(),
    }
}

/// The labels a Service selects its pods by.
pub(super) fn selector(fields: &Fields) -> Vec<(String, String)> {
    fields
        .under("spec.selector.")
        .filter_map(|(path, leaf)| {
            Some((path.strip_prefix("spec.selector.")?.to_owned(), leaf.shown()?.to_owned()))
        })
        .collect()
}

/// Whether a workload's own selector names each of these labels, so that all its pods bear them.
pub(super) fn selects_all(object: &Object, labels: &[(String, String)]) -> bool {
    workload(object).is_some_and(|work| {
        let of = |key: &str| work.selector.iter().find(|(path, _)| *path == key);
        labels
            .iter()
            .all(|(key, value)| of(key).is_some_and(|(_, leaf)| leaf.shown() == Some(value)))
    })
}

/// The roots whose pods, or whose template, bear the labels.
fn backends<'g>(
    scene: &Scene<'g>,
    namespace: &str,
    selector: &[(String, String)],
) -> Vec<&'g Object> {
    let graph = scene.graph;
    let bears =
        |object: &Object| selector.iter().all(|(key, value)| object.meta.label(key) == Some(value));
    let pods = graph.all("Pod", Some(namespace)).filter(|pod| pod.gone.is_none() && bears(pod));
    let mut roots: Vec<&Object> =
        pods.filter_map(|pod| graph.object(&graph.root_of(&pod.meta.uid)?)).collect();
    if roots.is_empty() {
        // Without a pod only the selector of their maker tells whose they would be.
        let makes = |object: &&Object| object.gone.is_none() && selects_all(object, selector);
        let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
        roots = kinds.iter().flat_map(|k| graph.all(k, Some(namespace)).filter(makes)).collect();
    }
    roots.sort_by(|a, b| a.meta.uid.cmp(&b.meta.uid));
    roots.dedup_by(|a, b| a.meta.uid == b.meta.uid);
    roots.truncate(2);
    roots
}
