//! The node refused the pod, threw it out, or was lost.
//!
//! *Sees*: the pod's own reason, in the kubelet's words (`pkg/kubelet/eviction`,
//! `pkg/kubelet/lifecycle`), or the runtime's words of a node that is short of something.
//! *Near miss*: a limit of the pod's own (an emptyDir or its ephemeral storage), and what
//! no kubelet would take (a forbidden sysctl): that is its own doing, not the node's.

use super::{Candidate, Case, Proof};
use crate::blame::lineage;
use crate::blame::peer;
use crate::blame::scene::{PodView, Scene, node_ref, object_ref};
use crate::blame::step::{self, Step, Weight, is_own_doing, is_refused_for};
use crate::blame::symptom::{Detail, PullError, evicted, lost};
use crate::blame::trigger;
use crate::observe::{Difference, line};
use crate::report::{CauseClass, Evidence, ObjectRef, Trigger, TriggerClass};

/// How soon after a revision came its pods fill what they may have if it is the revision that
/// fills it, in seconds.
const SOON_SECONDS: i64 = 600;

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let is_of_node =
        matches!(symptom.detail, Detail::NodeFault | Detail::Pull(PullError::NoPlatform));
    if is_of_node || symptom.step == Step::Sandbox {
        return fault(case).into_iter().collect();
    }
    let (Step::Stay, Some(instance)) = (symptom.step, symptom.first_instance()) else {
        return Vec::new();
    };
    if is_own_doing(&symptom.reason) || is_refused_anew(case) {
        return Vec::new();
    }
    let pod = object_ref(instance.view.object);
    // Where the node is not told the pod stands for it: nothing is blamed of which nothing is known.
    let node = instance.view.pod.node.as_deref();
    let node = Some(node.map_or_else(|| pod.clone(), |name| reference(scene, name)));
    let own_limit = evicted::is_own_limit(symptom.message.as_deref());
    // A revision that set the limit anew, or that fills it at once, explains it better.
    let changed = limit_changed(case).map(|limit| limit || is_filled_anew(case));
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
        "Evicted" => (CauseClass::Eviction, node, "the node ran low on a resource"),
        // Who the critical pod was is not said; the node is where it happened.
        trigger::PREEMPTING => {
            (CauseClass::Preemption, node, "the node needed room for a critical pod")
        }
        lost::REASON => (CauseClass::Node, node, "the node does not answer"),
        _ => (CauseClass::Node, node, "the node does not keep the pod"),
    };
    // Of a node that nobody names nothing can be said.
    if object.is_none() {
        return Vec::new();
    }
    vec![Candidate {
        weight: if is_new_limit { Weight::Reads } else { Weight::Exact },
        proof,
        time: Some(instance.first_bad),
        what: format!("{what} ({})", symptom.reason),
        trigger: ended_by(
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

/// A node, or its runtime, that cannot do its part. Where several nodes say so it is no
/// node's own fault.
fn fault(case: &Case<'_, '_>) -> Option<Candidate> {
    let Case { scene, symptom, .. } = *case;
    let first = symptom.first_instance()?;
    let name = first.view.pod.node.as_deref()?;
    if symptom.instances.iter().any(|i| i.view.pod.node.as_deref() != Some(name)) {
        return None;
    }
    let has_passed = |here: bool| {
        let is_there =
            |view: &PodView<'_>| view.pod.node.as_deref().is_some_and(|n| (n == name) == here);
        scene.pods.iter().any(|view| is_there(view) && peer::passed(case, view))
    };
    let is_well_elsewhere = has_passed(false);
    // Of a sandbox, or a platform, nothing says that it is the node's, but that the others do.
    let is_told = symptom.detail == Detail::NodeFault;
    if !is_told && (!is_well_elsewhere || has_passed(true)) {
        return None;
    }
    Some(Candidate {
        weight: if is_told { Weight::Exact } else { Weight::Explains },
        proof: if is_well_elsewhere { Proof::Supported } else { Proof::Open },
        is_doubtful: true,
        time: Some(first.first_bad),
        what: format!("node {} cannot do its part", line(name, 128)),
        evidence: vec![Evidence {
            object: object_ref(first.view.object),
            field: match symptom.exit_code {
                Some(_) => "status.containerStatuses.lastState.terminated",
                None if is_told => "status.containerStatuses.state.waiting.message",
                None => "events",
            }
            .to_owned(),
            value: symptom.message.clone(),
            time: Some(first.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::Node, Some(reference(scene, name)))
    })
}

/// A node by name, as a report names it.
pub(super) fn reference(scene: &Scene<'_>, name: &str) -> ObjectRef {
    scene.cluster_object("Node", name).map_or_else(|| node_ref(name), object_ref)
}

/// Whether the failing revision brought the field that the kubelet refuses the pod for.
fn is_refused_anew(case: &Case<'_, '_>) -> bool {
    let Some(at) = case.symptom.revision else { return false };
    lineage::brought(case.scene, at, |d| is_refused_for(&case.symptom.reason, d.path))
}

/// What ended the pod is what made it fail: no rollout, and no restart.
fn ended_by(
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
    let steps = lineage::lineage(case.scene, at);
    let Some(step) = steps.first() else {
        return case.scene.revisions[at].number.is_none_or(|n| n <= 1).then_some(false);
    };
    Some(step.changes().iter().any(|d| is_limit(d.path)))
}

/// Whether the failing pods' revision changed what they run, and they went soon after it came.
fn is_filled_anew(case: &Case<'_, '_>) -> bool {
    let (Some(at), Some(first)) = (case.symptom.revision, case.symptom.first_instance()) else {
        return false;
    };
    let came = case.scene.revisions[at].activated.at;
    let is_soon = came.is_some_and(|came| peer::seconds(came, first.first_bad) <= SOON_SECONDS);
    let explains = |d: &Difference<'_>| step::weigh(case.symptom, d) >= Weight::Explains;
    is_soon && lineage::brought(case.scene, at, explains)
}
