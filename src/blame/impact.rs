//! What a broken root breaks in turn: its Service that is left without ready endpoints.
//!
//! The endpoints of a Service are the ready pods that it selects, so its `EndpointSlice`s need
//! not be read. A pod that fails again and again counts as none, whatever its moment shows.
//! *Near miss*: a Service that selects another root's pods too, or nothing; one that publishes
//! what is not ready; endpoints that were gone before what is blamed; Services that may not be read.

use super::chain::{selector, selects_all};
use super::peer;
use super::scene::{PodView, SLACK, Scene, object_ref};
use super::symptom::Symptom;
use crate::graph::Object;
use crate::observe::{Meta, Uid, find_condition, line};
use crate::report::{Evidence, Finding};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How many Services are named.
const MAX_SERVICES: usize = 2;
/// How many pieces of evidence leave room for what was broken in turn.
const MAX_BESIDE: usize = 2;
/// How soon after a root was made its controller says for the first time that it is not
/// available, in seconds: that is no loss.
const FIRST_SECONDS: i64 = 5;

/// Tells what the first finding broke in turn: as evidence of it, and as a clause for the summary.
pub(super) fn tell(
    scene: &Scene<'_>,
    symptoms: &[Symptom<'_>],
    findings: &mut [Finding],
) -> Option<String> {
    let finding = findings.first_mut().filter(|f| f.cause.is_blame() && !f.latent)?;
    if !scene.knows_all("Service") || !scene.knows_all("Pod") {
        return None;
    }
    let from = finding.cause.time.unwrap_or(finding.symptom.first_seen).timestamp();
    let mut left: Vec<&Object> = scene.all("Service");
    left.retain(|service| is_left(scene, symptoms, service, from));
    left.sort_by(|a, b| a.meta.name.cmp(&b.meta.name));
    left.truncate(MAX_SERVICES);
    let first = left.first()?;
    finding.evidence.truncate(MAX_BESIDE);
    finding.evidence.push(Evidence {
        object: object_ref(first),
        field: "spec.selector".to_owned(),
        value: Some("no pod that it selects is ready".to_owned()),
        time: None,
    });
    let names: Vec<String> = left.iter().map(|service| line(&service.meta.name, 63)).collect();
    let (what, has) = if names.len() > 1 { ("Services", "have") } else { ("Service", "has") };
    Some(format!("{what} {} {has} no ready endpoints because of it", names.join(" and ")))
}

/// Whether a Service lost its last ready endpoint with the root's pods, at `from` or later.
fn is_left(scene: &Scene<'_>, symptoms: &[Symptom<'_>], service: &Object, from: Timestamp) -> bool {
    let Some(fields) = service.plain_fields().filter(|_| service.gone.is_none()) else {
        return false;
    };
    let labels = selector(fields);
    if labels.is_empty() || fields.text("spec.publishNotReadyAddresses") == Some("true") {
        return false;
    }
    let bears = |meta: &Meta| labels.iter().all(|(key, value)| meta.label(key) == Some(value));
    let of_it = || scene.pods.iter().filter(|view| bears(&view.object.meta));
    let makes = selects_all(scene.root, &labels);
    // Most Services are none of its own: only for its own all pods are looked at.
    if !makes && of_it().next().is_none() {
        return false;
    }
    let serves = |view: &PodView<'_>| {
        view.lives() && view.is_ready() && !symptoms.iter().any(|s| s.is_shown_by(view))
    };
    if of_it().any(serves) {
        return false;
    }
    let own: BTreeSet<&Uid> = of_it().map(|view| &view.object.meta.uid).collect();
    let mut selected = scene
        .graph
        .all("Pod", service.meta.namespace.as_deref())
        .filter(|pod| pod.gone.is_none() && bears(&pod.meta));
    // Another root's pod may serve, or have its own part in it.
    if selected.any(|pod| !own.contains(&pod.meta.uid)) {
        return false;
    }
    let is_since = |at: Timestamp| at + SLACK >= from;
    let was_well = |view: &PodView<'_>| peer::was_well(view, scene.now).is_some_and(is_since);
    of_it().any(was_well) || makes && unavailable_since(scene).is_some_and(is_since)
}

/// Since when a Deployment that was available is not.
fn unavailable_since(scene: &Scene<'_>) -> Option<Timestamp> {
    let conditions = &scene.workload()?.status.conditions;
    let since = find_condition(conditions, "Available").filter(|c| !c.is_true())?.since?;
    let made = scene.root.meta.created?;
    (peer::seconds(made, since) > FIRST_SECONDS).then_some(since)
}
