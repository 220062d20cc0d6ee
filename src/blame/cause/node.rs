//! The node refused the pod, threw it out, or was lost.
//!
//! *Sees*: the pod's own reason, in the kubelet's words (`pkg/kubelet/eviction`,
//! `pkg/kubelet/lifecycle`). *Near miss*: a limit of the pod's own (an emptyDir or
//! its ephemeral storage): that is its own doing, not the node's.

use super::{Candidate, Case, Proof};
use crate::blame::scene::object_ref;
use crate::blame::step::{Step, Weight};
use crate::report::{CauseClass, Evidence, ObjectRef};

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let (Step::Stay, Some(instance)) = (symptom.step, symptom.first_instance()) else {
        return Vec::new();
    };
    let pod = object_ref(instance.view.object);
    let node = instance.view.pod.node.as_deref().map(|name| {
        scene.cluster_object("Node", name).map_or_else(
            || ObjectRef {
                api_version: Some("v1".to_owned()),
                kind: "Node".to_owned(),
                name: Some(name.to_owned()),
                ..ObjectRef::default()
            },
            object_ref,
        )
    });
    let said = symptom.message.as_deref().unwrap_or_default();
    let own_limit = said.contains("exceeds the limit")
        || said.contains("ephemeral local storage")
        || said.contains("exceeded its local");
    let (class, object, what) = match &*symptom.reason {
        "Evicted" if own_limit => {
            (CauseClass::Eviction, Some(pod.clone()), "the pod exceeded its own limit")
        }
        "Evicted" => {
            (CauseClass::Eviction, node.or(Some(pod.clone())), "the node ran low on a resource")
        }
        // Who the critical pod was is not said; the node is where it happened.
        "Preempting" => (CauseClass::Preemption, node, "the node needed room for a critical pod"),
        _ => (CauseClass::Node, node, "the node does not keep the pod"),
    };
    if object.is_none() {
        return Vec::new();
    }
    vec![Candidate {
        weight: Weight::Exact,
        proof: Proof::Supported,
        time: Some(instance.first_bad),
        what: format!("{what} ({})", symptom.reason),
        evidence: vec![Evidence {
            object: pod,
            field: "status.reason".to_owned(),
            value: Some(symptom.reason.to_string()),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(class, object)
    }]
}
