//! A pod that no node takes, because something it names does not exist.
//!
//! *Sees*: a `nodeName` of which there is no node, and the resource claim controller's word
//! that a claim's template is not there (kubernetes `pkg/controller/resourceclaim`).
//! *Step*: Schedule. *Near miss*: a pod bound by the scheduler to a node that was removed since;
//! a claim that waits for its device.

use super::{Detail, Instance, Severity, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;

/// The pod asks for a node that there is not.
pub(in crate::blame) const NO_NODE: &str = "NodeNotFound";
/// The pod's claim cannot be made.
pub(in crate::blame) const NO_CLAIM: &str = "FailedResourceClaimCreation";

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    if &*view.pod.phase != "Pending" {
        return None;
    }
    no_node(scene, view).or_else(|| no_claim(scene, view))
}

/// Pods are collected within a minute when their node is not there, and made anew for ever
/// (kubernetes `pkg/controller/podgc`): so this is not waited for.
fn no_node<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let name = scene.revisions[view.revision?].template.text("nodeName")?;
    if !scene.knows_nodes() || scene.cluster_object("Node", name).is_some_and(|n| n.gone.is_none())
    {
        return None;
    }
    let instance = Instance::at_start(view, view.created(), view.created());
    let said = format!("node {name} does not exist");
    Some(stuck(view, NO_NODE, instance, "Node", name, &said))
}

fn no_claim<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    let said = scene.events(view.object).iter().rev().find(|e| &*e.reason == NO_CLAIM)?;
    let (_, rest) = said.message.split_once("resource claim template \"")?;
    let (name, rest) = rest.split_once('"')?;
    if !rest.contains("not found") {
        return None;
    }
    let first = said.first.unwrap_or_else(|| view.created());
    let instance = Instance::at_start(view, first, said.last.unwrap_or(first));
    Some(stuck(view, NO_CLAIM, instance, "ResourceClaimTemplate", name, &said.message))
}

fn stuck<'g>(
    view: &PodView<'g>,
    reason: &str,
    instance: Instance<'g>,
    kind: &'static str,
    name: &str,
    said: &str,
) -> Symptom<'g> {
    let mut symptom = Symptom::of_view(view, Step::Schedule, reason, instance).saying(Some(said));
    symptom.detail = Detail::Missing { kind, name: name.to_owned(), key: None };
    symptom.severity = Severity::Stuck;
    symptom
}
