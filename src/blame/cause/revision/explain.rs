//! What a revision's change says to a failure, beyond the field it is of.

use crate::blame::cause::Case;
use crate::blame::step::{Step, Weight, weigh};
use crate::blame::symptom::{Detail, PullError, Symptom, pull};
use crate::blame::{image, lineage};
use crate::graph::Object;
use crate::observe::{Difference, Fields};

/// A reference to what is missing explains it whatever its path is called.
pub(super) fn weight_of(case: &Case<'_, '_>, d: &Difference<'_>) -> Weight {
    let symptom = case.symptom;
    if let Detail::Missing { name, key, .. } = &symptom.detail {
        let says = |leaf: Option<&crate::observe::Leaf>| {
            leaf.and_then(crate::observe::Leaf::shown)
                .is_some_and(|v| v == name || key.as_deref() == Some(v))
        };
        return if says(d.to) { Weight::Exact } else { Weight::None };
    }
    if is_waiting_claim(symptom, d) {
        return weigh(symptom, d).min(Weight::Reads);
    }
    let names_unknown_host = matches!(symptom.detail, Detail::Pull(error) if error.is_of_host())
        && pull::path_of(symptom).as_deref() == Some(d.path)
        && image::host_of(d.from) != image::host_of(d.to);
    // A registry that the image names for the first time may not exist at all, or be a stranger.
    if names_unknown_host && weigh(symptom, d) > Weight::None {
        return Weight::Exact;
    }
    if is_limited_by_another(case, d) {
        return weigh(symptom, d).min(Weight::Explains);
    }
    match taint_left(d).filter(|_| symptom.step == Step::Schedule) {
        Some(key) => weigh(symptom, d).min(weight_of_taint(case, key)),
        None if prepares(case, d.path) => weigh(symptom, d).max(Weight::Reads),
        None => weigh(symptom, d),
    }
}

/// Whether what ran out is a limit that the template does not set: what runs may need more, but
/// whoever set the limit comes first.
fn is_limited_by_another(case: &Case<'_, '_>, d: &Difference<'_>) -> bool {
    let symptom = case.symptom;
    let (Some(own), Some(at)) = (symptom.container_path.as_deref(), symptom.revision) else {
        return false;
    };
    let limit = format!("{own}.resources.limits.memory");
    let sets = |fields: &Fields| fields.get(&limit).is_some();
    symptom.detail == Detail::Oom
        && d.path != limit
        && !sets(&case.scene.revisions[at].template)
        && symptom.first_instance().is_some_and(|first| sets(first.view.fields()))
}

/// Whether a field says what an init container does that shares a volume with the failing
/// container: however well it ended, what it left there is read.
fn prepares(case: &Case<'_, '_>, path: &str) -> bool {
    let symptom = case.symptom;
    let is_run = matches!(symptom.step, Step::Start | Step::Run | Step::Probe);
    let own =
        symptom.container_path.as_deref().filter(|own| is_run && own.starts_with("containers["));
    let init = path.split_inclusive(']').next().filter(|init| init.starts_with("initContainers["));
    let (Some(own), Some(init), Some(at)) = (own, init, symptom.revision) else { return false };
    let shares = |fields: &Fields| {
        let volumes = |container: &str| {
            let list = format!("{container}.volumeMounts[");
            let mounts = fields.under(&list);
            let names = mounts.filter(|(path, _)| path.ends_with("].name"));
            names.filter_map(|(_, leaf)| leaf.shown()).collect::<Vec<_>>()
        };
        let mine = volumes(own);
        volumes(init).iter().any(|volume| mine.contains(volume))
    };
    let steps = lineage::lineage(case.scene, at);
    shares(&case.scene.revisions[at].template) || steps.iter().any(|step| shares(step.before))
}

/// Whether a change names a claim that is there and not bound: of one that is not there the
/// scheduler says so (kubernetes `pkg/scheduler/framework/plugins/volumebinding`). What keeps it
/// from being bound is not who asks for it.
fn is_waiting_claim(symptom: &Symptom<'_>, d: &Difference<'_>) -> bool {
    let said = symptom.message.as_deref().unwrap_or_default();
    symptom.step == Step::Schedule
        && d.path.starts_with("volumes[")
        && said.contains("unbound immediate PersistentVolumeClaims")
        && !said.contains("Insufficient")
}

/// Whether a change names another tag of the same repository, which the same credentials open: of
/// a refusal it tells nothing.
pub(super) fn is_behind_same_door(symptom: &Symptom<'_>, d: &Difference<'_>) -> bool {
    let repository = |leaf| image::repository_of(leaf);
    symptom.detail == Detail::Pull(PullError::Denied)
        && pull::path_of(symptom).as_deref() == Some(d.path)
        && repository(d.from).is_some()
        && repository(d.from) == repository(d.to)
}

/// The key of the taint that a pod does not tolerate any more.
fn taint_left<'d>(d: &Difference<'d>) -> Option<&'d str> {
    let item = d.path.strip_prefix("tolerations[")?.split(']').next()?;
    let key = item.split(':').next().filter(|key| !key.is_empty() && *key != "*")?;
    d.to.is_none().then_some(key)
}

/// Whether a taint of this key keeps the pod from a node: as the scheduler names it, or as a node
/// bears it.
fn weight_of_taint(case: &Case<'_, '_>, key: &str) -> Weight {
    let said = case.symptom.message.as_deref().unwrap_or_default();
    if said.contains("untolerated taint {") {
        let names_it = said.contains(&format!("untolerated taint {{{key}: "));
        return if names_it { Weight::Exact } else { Weight::None };
    }
    let nodes = case.scene.cluster_objects("Node");
    let bears = |node: &&Object| {
        let fields = node.plain_fields().filter(|_| node.gone.is_none());
        fields.is_some_and(|fields| {
            fields
                .under("spec.taints[")
                .any(|(path, leaf)| path.ends_with("].key") && leaf.shown() == Some(key))
        })
    };
    match (nodes.iter().any(bears), case.scene.knows_nodes()) {
        (true, _) => Weight::Exact,
        (false, true) => Weight::None,
        (false, false) => Weight::Explains,
    }
}

/// Whether a field is what the failure itself is about: of two that explain it as well, this
/// one comes first. What runs may want more memory too, but a lowered limit says so itself;
/// another image may answer a probe otherwise, but a probe that asks elsewhere says so itself.
pub(super) fn is_about(symptom: &Symptom<'_>, path: &str) -> bool {
    let is_probe = |probes: &[&str]| probes.iter().any(|probe| path.contains(probe));
    match (&symptom.detail, symptom.step) {
        (Detail::Oom, _) => path.contains(".resources."),
        (Detail::ProbeKill, _) => is_probe(&[".livenessProbe.", ".startupProbe."]),
        (_, Step::Start) if &*symptom.reason == "PostStartHookError" => {
            path.contains(".lifecycle.")
        }
        (_, Step::Probe) => {
            let is_answered = symptom.message.as_deref().is_some_and(is_own_error);
            let asks = [".httpGet.", ".tcpSocket.", ".grpc.", ".exec."];
            !is_answered && is_probe(&[".readinessProbe.", ".startupProbe."]) && is_probe(&asks)
        }
        _ => false,
    }
}

/// Whether the container answered its probe itself, with an error of its own (kubernetes
/// `pkg/probe/http`): then it was asked at the right place.
fn is_own_error(message: &str) -> bool {
    message.contains("HTTP probe failed with statuscode: 5")
}

/// Whether a toleration was left out and nobody can say if a node asks for it: the scheduler
/// names no taint, and the nodes are not known.
pub(super) fn leaves_unknown_taint(case: &Case<'_, '_>, d: &Difference<'_>) -> bool {
    let said = case.symptom.message.as_deref().unwrap_or_default();
    case.symptom.step == Step::Schedule
        && taint_left(d).is_some()
        && said.contains("untolerated taint(s)")
        && !case.scene.knows_nodes()
}

/// Whether a field may say where something outside is, or how it is reached.
pub(super) fn carries_address(path: &str) -> bool {
    let fields = [
        ".env[",
        ".envFrom",
        ".args",
        ".command",
        ".volumeMounts[",
        "volumes[",
        "Probe.",
        "dnsPolicy",
        "dnsConfig",
        "hostNetwork",
        "hostAliases",
        "serviceAccountName",
    ];
    fields.iter().any(|field| path.contains(field))
}
