//! The node refused the pod, threw it out, or was lost.
//!
//! *Sees*: the pod's own reason, in the kubelet's words (`pkg/kubelet/eviction`,
//! `pkg/kubelet/lifecycle`). *Near miss*: a limit of the pod's own (an emptyDir or
//! its ephemeral storage): that is its own doing, not the node's.

use super::{Candidate, Case, Proof};
use crate::blame::lineage::lineage;
use crate::blame::scene::object_ref;
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::lost;
use crate::report::{CauseClass, Evidence, ObjectRef, Trigger, TriggerClass};

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
    // A revision that set the limit anew explains it better.
    let changed = limit_changed(case);
    let is_new_limit = own_limit && changed == Some(true);
    let proof = match changed {
        Some(false) => Proof::Supported,
        _ if !own_limit => Proof::Supported,
        Some(true) => Proof::Open,
        None => Proof::TimeOnly,
    };
    let (class, object, what) = match &*symptom.reason {
        "Evicted" if own_limit => {
            (CauseClass::Eviction, Some(pod.clone()), "the pod exceeded its own limit")
        }
        "Evicted" => {
            (CauseClass::Eviction, node.or(Some(pod.clone())), "the node ran low on a resource")
        }
        // Who the critical pod was is not said; the node is where it happened.
        "Preempting" => (CauseClass::Preemption, node, "the node needed room for a critical pod"),
        lost::REASON => (CauseClass::Node, node, "the node does not answer"),
        _ => (CauseClass::Node, node, "the node does not keep the pod"),
    };
    vec![Candidate {
        weight: if is_new_limit { Weight::Reads } else { Weight::Exact },
        proof,
        time: Some(instance.first_bad),
        what: format!("{what} ({})", symptom.reason),
        trigger: trigger(
            class,
            object.as_ref().or(Some(&pod)),
            instance.first_bad,
            &symptom.reason,
        ),
        evidence: vec![Evidence {
            object: pod,
            field: "status.reason".to_owned(),
            value: Some(symptom.reason.to_string()),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(class, object)
    }]
}

/// What ended the pod is what made it fail: no rollout, and no restart.
fn trigger(
    class: CauseClass,
    object: Option<&ObjectRef>,
    at: jiff::Timestamp,
    said: &str,
) -> Option<Trigger> {
    let class = match class {
        CauseClass::Eviction => TriggerClass::Eviction,
        CauseClass::Preemption => TriggerClass::Preemption,
        // A pod that is lost with its node was doing well: nothing made it read anything.
        CauseClass::Node if said == lost::REASON => {
            return Some(Trigger { class: TriggerClass::None, object: None, time: None });
        }
        _ => return None,
    };
    Some(Trigger { class, object: object.cloned(), time: Some(at.into()) })
}

/// Whether the failing pods' revision brought the limit of a volume, or of storage, that
/// they have; `None` where its predecessor is lost.
fn limit_changed(case: &Case<'_, '_>) -> Option<bool> {
    let is_limit =
        |path: &str| path.ends_with("emptyDir.sizeLimit") || path.contains("ephemeral-storage");
    let Some(at) = case.symptom.revision else { return Some(false) };
    let steps = lineage(case.scene, at);
    let Some(step) = steps.first() else {
        return case.scene.revisions[at].number.is_none_or(|n| n <= 1).then_some(false);
    };
    Some(step.before.diff(&step.revision.template).iter().any(|d| is_limit(d.path)))
}
