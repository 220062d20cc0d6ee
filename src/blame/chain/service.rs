//! The Service that a failing pod's own words name, and what stands behind it.
//!
//! *Near miss*: a Service whose pods are well; one that the words do not name; a backend
//! that broke only later.

use super::super::cause::Candidate;
use super::super::scene::{SLACK, Scene};
use super::super::symptom::Symptom;
use super::{backends, of_root, selector};
use crate::graph::Object;
use crate::observe::Detail;
use crate::report::Cause;

/// What is wrong behind the Services that the evidence of an outage names.
pub(super) fn behind(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    candidate: &Candidate,
) -> Vec<Cause> {
    let Some(own) = scene.root.meta.namespace.as_deref() else { return Vec::new() };
    let said = candidate.evidence.iter().filter_map(|evidence| evidence.value.as_deref());
    let mut found: Vec<&Object> = said.flat_map(|said| named(scene, own, said)).collect();
    found.sort_by(|a, b| a.meta.uid.cmp(&b.meta.uid));
    found.dedup_by(|a, b| a.meta.uid == b.meta.uid);
    let of_service = |service: &Object| {
        let labels = service.plain_fields().map(selector).filter(|labels| !labels.is_empty());
        let namespace = service.meta.namespace.as_deref().unwrap_or(own);
        labels.map(|labels| backends(scene, namespace, &labels)).unwrap_or_default()
    };
    let before =
        |cause: &Cause| cause.time.is_none_or(|time| time.timestamp() <= symptom.last + SLACK);
    found
        .into_iter()
        .flat_map(of_service)
        .filter_map(|root| of_root(scene, root))
        .filter(before)
        .collect()
}

/// Whether a sentence names a Service for which pods are meant, and none of them is ready.
pub(in crate::blame) fn names_dead_service(scene: &Scene<'_>, said: &str) -> bool {
    let Some(own) = scene.root.meta.namespace.as_deref() else { return false };
    named(scene, own, said).into_iter().any(|service| {
        let labels = service.plain_fields().map(selector).unwrap_or_default();
        let namespace = service.meta.namespace.as_deref().unwrap_or(own);
        if labels.is_empty() || !scene.knows_all("Pod") {
            return false;
        }
        let bears = |pod: &&Object| {
            pod.gone.is_none() && labels.iter().all(|(k, v)| pod.meta.label(k) == Some(v))
        };
        let mut pods = scene.graph.all("Pod", Some(namespace)).filter(bears).peekable();
        let is_own = |pod: &Object| scene.pods.iter().any(|v| v.object.meta.uid == pod.meta.uid);
        pods.peek().is_some() && pods.all(|pod| !is_own(pod) && !is_ready(pod))
    })
}

fn is_ready(pod: &Object) -> bool {
    matches!(&pod.detail, Detail::Pod(pod) if pod.is_ready())
}

/// The Services whose name or address stands in a sentence: `db`, `db.shop`,
/// `db.shop.svc.cluster.local`, `10.96.7.7`.
fn named<'g>(scene: &Scene<'g>, own: &str, said: &str) -> Vec<&'g Object> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let words = said.split(|c| !is_name(c)).filter(|word| !word.is_empty());
    let services = scene.all("Service");
    words
        .filter_map(|word| {
            let mut labels = word.trim_end_matches('.').split('.');
            let (name, namespace) = (labels.next()?, labels.next());
            let has_address = |service: &&Object| {
                let fields = service.plain_fields();
                fields.is_some_and(|fields| fields.text("spec.clusterIP") == Some(word))
            };
            match (namespace, labels.next()) {
                (None, _) => services.iter().copied().find(|s| *s.meta.name == *name),
                (Some(namespace), Some("svc") | None) if namespace != own => {
                    scene.named_in("Service", namespace, name)
                }
                (Some(_), Some("svc") | None) => scene.named("Service", name),
                _ => services.iter().copied().find(has_address),
            }
        })
        .filter(|service| service.gone.is_none())
        .collect()
}
