//! The *steps* of a pod's life and the fields of its template that each one reads.
//!
//! A symptom is a failed step; only what that step reads can have broken it.
//! Explaining beats recent: a field is weighed by whether it can explain *this*
//! kind of failure, and a field the step does not read weighs nothing.

mod eases;

pub(super) use eases::asks_for_less;

use super::symptom::{Detail, GATED, Symptom, WAITING, evicted, pull};
use crate::observe::Difference;

/// A stage of a pod's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The API server takes in the pod: quota, limits, policies, webhooks.
    Create,
    /// A node is found for it.
    Schedule,
    /// Its volumes are attached and mounted.
    Volumes,
    /// Its sandbox and network are made.
    Sandbox,
    /// A container's image is pulled.
    Pull,
    /// A container's configuration is put together.
    Config,
    /// The container's process is started.
    Start,
    /// The process runs.
    Run,
    /// Its probes pass.
    Probe,
    /// The node keeps it.
    Stay,
}

/// How well a changed field explains a failed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The step does not read it.
    None,
    /// The step reads it.
    Reads,
    /// It can explain a failure of this kind.
    Explains,
    /// It is what a failure of this kind is about.
    Exact,
}

/// Weighs a change of the template against a symptom.
pub(super) fn weigh(symptom: &Symptom<'_>, d: &Difference<'_>) -> Weight {
    if eases::is_relief(symptom, d) { Weight::None } else { weigh_path(symptom, d.path) }
}

fn weigh_path(symptom: &Symptom<'_>, path: &str) -> Weight {
    // What the node could not do says nothing of what it was asked for.
    if is_mark(path) || symptom.detail == Detail::NodeFault {
        return Weight::None;
    }
    if symptom.step == Step::Stay && is_refused_for(&symptom.reason, path) {
        return Weight::Exact;
    }
    // The scheduler has not looked at such a pod at all.
    let reads = match &*symptom.reason {
        GATED => Some("schedulingGates"),
        WAITING => Some("schedulerName"),
        _ => None,
    };
    if let Some(field) = reads {
        return match head(path) {
            head if head == field => Weight::Exact,
            // A claim that is not there keeps a pod from the scheduler without a word.
            "resourceClaims" if &*symptom.reason == WAITING => Weight::Reads,
            _ => Weight::None,
        };
    }
    let own = symptom
        .container_path
        .as_deref()
        .and_then(|own| path.strip_prefix(own))
        .map(|rest| rest.trim_start_matches('.'));
    let Some(field) = own else {
        return if is_of_container(path) {
            weigh_other(symptom, path)
        } else {
            weigh_pod(symptom, path)
        };
    };
    match symptom.step {
        Step::Pull => match field {
            "image" => weigh_image(symptom, path),
            "imagePullPolicy" => Weight::Explains,
            _ => Weight::None,
        },
        Step::Config => weigh_config(symptom, field),
        Step::Start => match head(field) {
            "command" | "args" | "image" | "workingDir" | "lifecycle" => Weight::Exact,
            "volumeMounts" | "securityContext" | "resources" | "volumeDevices" => Weight::Explains,
            _ => Weight::None,
        },
        Step::Run => weigh_run(symptom, field),
        Step::Probe => weigh_probe(symptom, field),
        Step::Schedule => match head(field) {
            "resources" => weigh_resource(symptom, field),
            "ports" => weigh_named(symptom, "free ports"),
            _ => Weight::None,
        },
        Step::Volumes => match head(field) {
            "volumeDevices" => Weight::Explains,
            "volumeMounts" => Weight::Reads,
            _ => Weight::None,
        },
        Step::Create => {
            if matches!(head(field), "resources" | "securityContext" | "ports" | "image") {
                Weight::Explains
            } else {
                Weight::None
            }
        }
        Step::Stay => {
            if head(field) == "resources" {
                Weight::Explains
            } else {
                Weight::None
            }
        }
        Step::Sandbox => Weight::None,
    }
}

/// Whether a kubelet that refuses a pod with this reason speaks of the field (kubernetes
/// `pkg/kubelet/lifecycle/predicate.go` and `handlers.go`).
pub(super) fn is_refused_for(reason: &str, path: &str) -> bool {
    match reason {
        "SysctlForbidden" => path.starts_with("securityContext.sysctls"),
        "AppArmor" => path.contains("appArmorProfile"),
        "SupplementalGroupsPolicyNotSupported" => path.contains("supplementalGroupsPolicy"),
        "PodOSNotSupported" => path.starts_with("os."),
        "PodOSSelectorNodeLabelDoesNotMatch" => {
            path.starts_with("os.") || path.starts_with("nodeSelector")
        }
        "PodLevelResourcesNotSupported" => path.starts_with("resources."),
        "NodeAffinity" => {
            ["nodeSelector", "affinity", "nodeName"].iter().any(|field| path.starts_with(field))
        }
        "NodePorts" => path.ends_with("hostPort") || path == "hostNetwork",
        _ => false,
    }
}

/// Whether a kubelet refuses with this reason what no node would take: the template's own doing.
pub(super) fn is_own_doing(reason: &str) -> bool {
    matches!(
        reason,
        "SysctlForbidden"
            | "AppArmor"
            | "SupplementalGroupsPolicyNotSupported"
            | "PodOSNotSupported"
            | "PodOSSelectorNodeLabelDoesNotMatch"
            | "PodLevelResourcesNotSupported"
    )
}

/// The name of the image that is pulled; a registry that answers nobody does not speak of it.
fn weigh_image(symptom: &Symptom<'_>, path: &str) -> Weight {
    match pull::path_of(symptom) {
        Some(pulled) if pulled == path => {
            if is_outage(symptom) {
                Weight::Reads
            } else {
                Weight::Exact
            }
        }
        _ => Weight::None,
    }
}

/// Whether a pull fails for what the registry does to every image.
pub(super) fn is_outage(symptom: &Symptom<'_>) -> bool {
    use super::symptom::PullError::{Certificate, RateLimited, Unreachable};
    let Detail::Pull(error) = symptom.detail else { return false };
    matches!(error, Unreachable | RateLimited | Certificate) || error.is_of_host()
}

fn head(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}

/// A restart mark or a label: nothing reads it.
fn is_mark(path: &str) -> bool {
    path.starts_with("metadata.")
}

fn is_of_container(path: &str) -> bool {
    ["containers[", "initContainers[", "ephemeralContainers["]
        .iter()
        .any(|list| path.starts_with(list))
}

fn weigh_run(symptom: &Symptom<'_>, field: &str) -> Weight {
    let is_probe = matches!(head(field), "livenessProbe" | "startupProbe");
    match (&symptom.detail, head(field)) {
        (Detail::Oom, "resources") if field.ends_with("memory") => Weight::Exact,
        (Detail::Oom, "resources") => Weight::Reads,
        (Detail::ProbeKill, _) if is_probe => Weight::Exact,
        (_, "image" | "command" | "args") => Weight::Exact,
        (_, "env" | "envFrom" | "workingDir") => Weight::Explains,
        (_, "volumeMounts" | "securityContext" | "lifecycle") => Weight::Reads,
        // Without a word of who killed it, a kill may be a probe's.
        (Detail::Killed, _) if is_probe => Weight::Explains,
        (_, "resources") if field.ends_with("memory") || field.ends_with("cpu") => Weight::Reads,
        (Detail::ProbeKill, "ports") => Weight::Reads,
        _ => Weight::None,
    }
}

fn weigh_probe(symptom: &Symptom<'_>, field: &str) -> Weight {
    let of_probe = matches!(head(field), "readinessProbe" | "startupProbe" | "livenessProbe");
    match (&symptom.detail, head(field)) {
        (Detail::Gate(_), _) => Weight::None,
        _ if of_probe => Weight::Exact,
        (_, "image" | "command" | "args") => Weight::Exact,
        (_, "env" | "envFrom" | "ports" | "workingDir") => Weight::Explains,
        (_, "volumeMounts" | "securityContext" | "resources") => Weight::Reads,
        _ => Weight::None,
    }
}

fn weigh_config(symptom: &Symptom<'_>, field: &str) -> Weight {
    match (&symptom.detail, head(field)) {
        (Detail::Missing { name, key, .. }, "env" | "envFrom") => {
            let names_key = key.as_ref().is_some_and(|key| field.contains(key.as_str()));
            // The value of a reference is not in the path, but its last segment tells a reference.
            if field.contains(name.as_str()) || names_key || field.contains("Ref") {
                Weight::Exact
            } else {
                Weight::None
            }
        }
        (Detail::Missing { .. }, _) => Weight::None,
        (_, "securityContext" | "image") => Weight::Exact,
        (_, "env" | "envFrom" | "volumeMounts") => Weight::Explains,
        _ => Weight::None,
    }
}

/// A field of another container: only what all containers of the pod share is read.
fn weigh_other(symptom: &Symptom<'_>, path: &str) -> Weight {
    match symptom.step {
        Step::Schedule if path.contains(".resources.") => weigh_resource(symptom, path),
        Step::Schedule if path.ends_with("hostPort") => weigh_named(symptom, "free ports"),
        Step::Create if path.contains(".resources.") || path.contains("securityContext") => {
            Weight::Explains
        }
        Step::Volumes if path.contains(".volumeMounts[") => Weight::Reads,
        Step::Stay if path.contains("ephemeral-storage") => weigh_named(symptom, "ephemeral"),
        Step::Stay if path.contains(".resources.") => Weight::Explains,
        // What it runs is what fills its own volume or log.
        Step::Stay if evicted::is_filled_at_once(symptom) && is_what_runs(path) => Weight::Explains,
        // The sandbox has the sum of its containers' limits, and the runtime needs some of it.
        Step::Sandbox if path.ends_with(".resources.limits.memory") => {
            if symptom.detail == Detail::Oom { Weight::Exact } else { Weight::None }
        }
        // An init container prepares what the others find, but it ended well.
        _ => Weight::None,
    }
}

fn weigh_pod(symptom: &Symptom<'_>, path: &str) -> Weight {
    let field = head(path);
    match symptom.step {
        Step::Pull => match field {
            "imagePullSecrets" => Weight::Exact,
            "serviceAccountName" => Weight::Explains,
            "volumes" => weigh_image(symptom, path),
            _ => Weight::None,
        },
        Step::Schedule => match field {
            // A volume's affinity to a node is another word.
            "nodeSelector" | "affinity" => ["node affinity/selector", "node selector"]
                .into_iter()
                .chain(
                    ["pod affinity", "anti-affinity"].into_iter().filter(|_| field == "affinity"),
                )
                .map(|word| weigh_named(symptom, word))
                .max()
                .unwrap_or(Weight::None),
            "tolerations" => weigh_named(symptom, "taint"),
            "topologySpreadConstraints" => weigh_named(symptom, "topology"),
            // The words of the scheduler's plugin `dynamicresources`.
            "resourceClaims" => weigh_named(symptom, "allocate all claims")
                .max(weigh_named(symptom, "resourceclaim")),
            // A class may bring a selector and tolerations of its own.
            "runtimeClassName" => {
                weigh_named(symptom, "affinity").max(weigh_named(symptom, "taint"))
            }
            "volumes" if is_attached(path) => weigh_named(symptom, "olume"),
            _ => Weight::None,
        },
        Step::Volumes if field == "volumes" => weigh_volume(symptom, path),
        Step::Volumes => Weight::None,
        Step::Run | Step::Start => match field {
            "volumes"
            | "serviceAccountName"
            | "securityContext"
            | "hostNetwork"
            | "dnsPolicy"
            | "dnsConfig"
            | "runtimeClassName"
            | "shareProcessNamespace"
            | "hostPID"
            | "hostIPC" => Weight::Reads,
            _ => Weight::None,
        },
        Step::Probe => match field {
            "readinessGates" => Weight::Exact,
            "hostNetwork" | "volumes" | "serviceAccountName" | "dnsPolicy" | "dnsConfig" => {
                Weight::Reads
            }
            _ => Weight::None,
        },
        Step::Create => match field {
            "priorityClassName" | "serviceAccountName" | "runtimeClassName" | "hostNetwork"
            | "hostPID" | "hostIPC" | "volumes" | "securityContext" => Weight::Explains,
            _ => Weight::None,
        },
        Step::Config => {
            if field == "securityContext" {
                Weight::Explains
            } else {
                Weight::None
            }
        }
        Step::Stay => {
            if path.ends_with("emptyDir.sizeLimit") {
                weigh_named(symptom, "xceeds the limit")
            } else if field == "tolerations" {
                Weight::Explains
            } else {
                Weight::None
            }
        }
        Step::Sandbox => {
            // The network's own words speak of no other field.
            let said = symptom.message.as_deref().unwrap_or_default();
            let is_network =
                ["network", "cni", "CNI", "IP address"].iter().any(|w| said.contains(w));
            match field {
                "hostNetwork" => Weight::Explains,
                "runtimeClassName" | "securityContext" if !is_network => Weight::Explains,
                _ => Weight::None,
            }
        }
    }
}

/// Whether a container's field says what is run in it, and with what.
fn is_what_runs(path: &str) -> bool {
    let field = path.split_once("].").map_or(path, |(_, field)| field);
    matches!(head(field), "image" | "command" | "args" | "env" | "envFrom" | "workingDir")
}

/// Explains where the symptom's own words speak of it.
fn weigh_named(symptom: &Symptom<'_>, word: &str) -> Weight {
    if symptom.message.as_deref().is_some_and(|m| m.contains(word)) {
        Weight::Exact
    } else {
        Weight::None
    }
}

/// Explains where the scheduler lacks this very resource.
fn weigh_resource(symptom: &Symptom<'_>, path: &str) -> Weight {
    let resource = path.rsplit_once(".resources.").map_or(path, |(_, rest)| rest);
    let resource = resource.trim_start_matches("resources.");
    let name = resource.strip_prefix("requests.").or_else(|| resource.strip_prefix("limits."));
    name.map_or(Weight::None, |name| weigh_named(symptom, &format!("Insufficient {name}")))
}

/// Explains where the words name this volume, or one of a kind that is attached and may bear
/// another name there: the kubelet and the attach controller name the persistent volume.
fn weigh_volume(symptom: &Symptom<'_>, path: &str) -> Weight {
    let said = symptom.message.as_deref().unwrap_or_default();
    let name = path.strip_prefix("volumes[").and_then(|rest| rest.split(']').next());
    let list = said.split_once("unmounted volumes=[").map_or("", |(_, rest)| rest);
    let mut unmounted = list.split(']').next().unwrap_or_default().split([' ', ',']);
    let is_named = name.is_some_and(|name| {
        said.contains(&format!("\"{name}\"")) || unmounted.any(|other| other == name)
    });
    match (is_named, is_attached(path)) {
        (true, _) => Weight::Exact,
        (false, true) => Weight::Explains,
        (false, false) => Weight::None,
    }
}

/// Whether a volume's source is something that is attached to a node.
fn is_attached(path: &str) -> bool {
    let local = ["configMap", "secret", "emptyDir", "projected", "downwardAPI", "hostPath"];
    !local.iter().any(|source| path.contains(&format!("].{source}")))
}
