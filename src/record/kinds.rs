//! Which kinds a recording holds: those that are watched, and what else can break a
//! workload and a reader of a bug report will want to see.

use crate::observe::{KINDS, Scope};
use kube::api::ApiResource;
use kube::core::GroupVersionKind;

/// A kind to be recorded.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) resource: ApiResource,
    pub(super) scope: Scope,
    /// Whether its objects are shown beyond their metadata.
    pub(super) is_known: bool,
}

/// Group, version, kind, plural, and whether it lives in namespaces.
type Row = (&'static str, &'static str, &'static str, &'static str, Scope);

const ADMISSION: &str = "admissionregistration.k8s.io";

/// Kinds beside those of the engine; one that the engine learns later is listed once.
const OTHERS: &[Row] = &[
    ("", "v1", "Secret", "secrets", Scope::Namespaced),
    ("", "v1", "Service", "services", Scope::Namespaced),
    ("", "v1", "PersistentVolume", "persistentvolumes", Scope::Cluster),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", Scope::Namespaced),
    ("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", Scope::Namespaced),
    ("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", Scope::Cluster),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", Scope::Cluster),
    ("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", Scope::Cluster),
    (
        ADMISSION,
        "v1",
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        Scope::Cluster,
    ),
    (
        ADMISSION,
        "v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        Scope::Cluster,
    ),
    (ADMISSION, "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", Scope::Cluster),
    (
        ADMISSION,
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        Scope::Cluster,
    ),
    (ADMISSION, "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", Scope::Cluster),
    (
        ADMISSION,
        "v1",
        "MutatingAdmissionPolicyBinding",
        "mutatingadmissionpolicybindings",
        Scope::Cluster,
    ),
];

/// Every kind that is recorded from the beginning.
pub(super) fn all() -> Vec<Kind> {
    let watched = KINDS.iter().map(|k| (k.group, k.version, k.kind, k.plural, k.scope));
    let others = OTHERS
        .iter()
        .copied()
        .filter(|(group, _, kind, ..)| !KINDS.iter().any(|k| (k.group, k.kind) == (*group, *kind)));
    watched.chain(others).map(kind).collect()
}

fn kind((group, version, kind, plural, scope): Row) -> Kind {
    let gvk = GroupVersionKind::gvk(group, version, kind);
    let resource = ApiResource::from_gvk_with_plural(&gvk, plural);
    Kind { resource, scope, is_known: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_listed_once() {
        let kinds = all();
        let names: BTreeSet<_> =
            kinds.iter().map(|k| (&k.resource.group, &k.resource.kind)).collect();
        assert_eq!(names.len(), kinds.len());
    }
}
