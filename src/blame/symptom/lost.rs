//! A pod whose node does not answer.
//!
//! *Sees*: a running pod that is not ready, and its node's condition Ready, or the node
//! controller's word on the pod (`pkg/controller/nodelifecycle`). What the pod's status
//! says else is of before. *Step*: Stay.
//! *Near miss*: a pod on another node; an unready pod on a node that answers.

use super::{Before, Instance, Symptom};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::graph::Object;
use crate::observe::{Detail, find_condition};
use jiff::Timestamp;

/// The word of the node controller for it.
pub(in crate::blame) const REASON: &str = "NodeNotReady";

pub(super) fn see<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Option<Symptom<'g>> {
    if &*view.pod.phase != "Running" || view.is_ready() {
        return None;
    }
    let name = view.pod.node.as_deref()?;
    let node = scene.cluster_object("Node", name).filter(|node| node.gone.is_none());
    let since = match node {
        Some(node) => silent_since(node)?,
        // Without the node only what its controller said of the pod is known.
        None => said_of(scene, view)?,
    };
    // A pod that was made since, or got unready well before, has another story.
    let unready = find_condition(&view.pod.conditions, "Ready").and_then(|c| c.since);
    if view.created() > since || unready.is_some_and(|at| at.as_second() + 60 < since.as_second()) {
        return None;
    }
    let instance = Instance { before: Before::Well, ..Instance::at_start(view, since, since) };
    let symptom = Symptom::of_view(view, Step::Stay, REASON, instance);
    Some(symptom.saying(Some(&format!("node {name} does not answer"))))
}

/// Since when a node has not been ready.
pub(in crate::blame) fn silent_since(node: &Object) -> Option<Timestamp> {
    let Detail::Plain(plain) = &node.detail else { return None };
    let ready = find_condition(&plain.conditions, "Ready").filter(|c| !c.is_true())?;
    ready.since
}

fn said_of(scene: &Scene<'_>, view: &PodView<'_>) -> Option<Timestamp> {
    let unready = find_condition(&view.pod.conditions, "Ready").and_then(|c| c.since)?;
    let events = scene.events(view.object).iter();
    let is_now = |at: &Timestamp| (at.as_second() - unready.as_second()).abs() <= 60;
    events.filter(|e| &*e.reason == REASON).filter_map(|e| e.last).find(is_now)
}
