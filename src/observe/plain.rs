//! Kinds of which only a few plain fields matter, and kinds we do not know.
//!
//! Their interesting fields are kept as [`Fields`], so that a change of any of
//! them is found by the same diff as a change of a template.

use super::condition::{Condition, WireCondition};
use super::fields::{Fields, Leaf};
use super::meta::WireMeta;
use super::ownership::Layout;
use super::{Detail, KindInfo, Observed, Scope, Watched, condition, lenient};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// An object of which a few fields matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// The fields that matter, by their own path (`spec.hard[pods]`).
    pub fields: Arc<Fields>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// Such an object on the wire.
#[derive(Debug, Deserialize)]
pub struct WirePlain {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: Value,
    /// The fields of kinds that have neither spec nor status at the top.
    #[serde(default)]
    provisioner: Value,
    #[serde(default)]
    webhooks: Value,
    #[serde(default)]
    value: Value,
    #[serde(default, rename = "imagePullSecrets")]
    pull_secrets: Value,
}

impl WirePlain {
    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &WireMeta {
        &self.metadata
    }

    /// Trims an object of a kind that we do not know to its metadata. Where such a kind makes
    /// pods it keeps their template where the others do, so its writers are read as theirs.
    #[must_use]
    pub fn trim_unknown(self, api_version: &str, kind: &str) -> Observed {
        let ownership = self.metadata.ownership(Layout::Template(&["spec", "template"]));
        Observed { ownership, ..self.trim(api_version, kind, &[]) }
    }

    /// Trims an object of any kind to the fields named by `keep`: paths whose first
    /// segments are `spec` or `status`.
    #[must_use]
    pub fn trim(mut self, api_version: &str, kind: &str, keep: &[&str]) -> Observed {
        #[derive(Deserialize, Default)]
        struct Status {
            #[serde(default, deserialize_with = "lenient::list")]
            conditions: Vec<WireCondition>,
        }
        let conditions = self.status.get_mut("conditions").map(Value::take).unwrap_or_default();
        let status: Status =
            serde_json::from_value(serde_json::json!({ "conditions": conditions }))
                .unwrap_or_default();
        let mut pairs = Vec::new();
        for path in keep {
            let mut keys = path.split('.');
            let top = match keys.next() {
                Some("spec") => &self.spec,
                Some("status") => &self.status,
                Some("provisioner") => &self.provisioner,
                Some("webhooks") => &self.webhooks,
                Some("imagePullSecrets") => &self.pull_secrets,
                _ => &self.value,
            };
            let Some(value) = keys.try_fold(top, |value, key| value.get(key)) else { continue };
            flatten(path, value, &mut pairs);
        }
        Observed {
            ownership: self.metadata.ownership(Layout::Plain),
            meta: self.metadata.trim(api_version, kind),
            detail: Detail::Plain(Box::new(Plain {
                fields: Arc::new(Fields::from_pairs(pairs)),
                conditions: condition::trim(status.conditions),
            })),
        }
    }
}

fn flatten(path: &str, value: &Value, pairs: &mut Vec<(String, Leaf)>) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            let is_keyed = path.ends_with(".hard") || path.ends_with(".used");
            // A bundle of certificates is large, and says nothing about who is let in.
            for (key, value) in map.iter().filter(|(key, _)| *key != "caBundle") {
                let below =
                    if is_keyed { format!("{path}[{key}]") } else { format!("{path}.{key}") };
                flatten(&below, value, pairs);
            }
        }
        Value::Array(items) => {
            let key_of = |item: &Value| {
                ["name", "type", "key"]
                    .iter()
                    .find_map(|k| item.get(k)?.as_str().map(str::to_owned))
            };
            for (index, item) in items.iter().enumerate() {
                let key = key_of(item).unwrap_or_else(|| index.to_string());
                // A node bears one taint twice, with two effects.
                let twins =
                    items[..index].iter().filter(|other| key_of(other) == Some(key.clone()));
                let twins = match twins.count() {
                    0 => String::new(),
                    before => format!("#{}", before + 1),
                };
                flatten(&format!("{path}[{key}{twins}]"), item, pairs);
            }
        }
        Value::String(text) => pairs.push((path.to_owned(), Leaf::Shown(text.as_str().into()))),
        other => pairs.push((path.to_owned(), Leaf::Shown(other.to_string().into()))),
    }
}

/// Declares a kind by the fields that matter in it.
macro_rules! plain {
    ($(#[$doc:meta])* $name:ident, $group:literal, $version:literal, $plural:literal, $scope:ident, [$($field:literal),*]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Watched for $name {
            const KIND: KindInfo = KindInfo {
                scope: Scope::$scope,
                ..KindInfo::input($group, $version, stringify!($name), $plural)
            };
            type Wire = WirePlain;
            fn meta(wire: &WirePlain) -> &WireMeta {
                &wire.metadata
            }
            fn trim(wire: WirePlain) -> Observed {
                wire.trim(&Self::KIND.api_version(), Self::KIND.kind, &[$($field),*])
            }
        }
    };
}

plain! {
    /// `v1` Node.
    Node, "", "v1", "nodes", Cluster, ["spec.unschedulable", "spec.taints", "status.allocatable"]
}
plain! {
    /// `v1` Namespace.
    Namespace, "", "v1", "namespaces", Cluster, ["status.phase"]
}
plain! {
    /// `v1` `ResourceQuota`.
    ResourceQuota, "", "v1", "resourcequotas", Namespaced, ["spec.hard", "status.used"]
}
plain! {
    /// `v1` `LimitRange`.
    LimitRange, "", "v1", "limitranges", Namespaced, ["spec.limits"]
}
plain! {
    /// `v1` `PersistentVolumeClaim`.
    PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", Namespaced, ["spec.storageClassName", "spec.volumeName", "status.phase"]
}
plain! {
    /// `autoscaling/v2` `HorizontalPodAutoscaler`.
    HorizontalPodAutoscaler, "autoscaling", "v2", "horizontalpodautoscalers", Namespaced,
    ["spec.scaleTargetRef", "spec.minReplicas", "spec.maxReplicas", "status.lastScaleTime", "status.desiredReplicas"]
}
plain! {
    /// `v1` Service: which pods it stands for, and under which address.
    Service, "", "v1", "services", Namespaced, ["spec.selector", "spec.clusterIP", "spec.publishNotReadyAddresses"]
}
plain! {
    /// `storage.k8s.io/v1` `StorageClass`.
    StorageClass, "storage.k8s.io", "v1", "storageclasses", Cluster, ["provisioner"]
}
plain! {
    /// `scheduling.k8s.io/v1` `PriorityClass`: that it is there.
    PriorityClass, "scheduling.k8s.io", "v1", "priorityclasses", Cluster, []
}
plain! {
    /// `node.k8s.io/v1` `RuntimeClass`: that it is there.
    RuntimeClass, "node.k8s.io", "v1", "runtimeclasses", Cluster, []
}
plain! {
    /// `v1` `ServiceAccount`: the pull secrets that it gives to its pods.
    ServiceAccount, "", "v1", "serviceaccounts", Namespaced, ["imagePullSecrets"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `ValidatingWebhookConfiguration`.
    ValidatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", Cluster, ["webhooks"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `MutatingWebhookConfiguration`.
    MutatingWebhookConfiguration, "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", Cluster, ["webhooks"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `ValidatingAdmissionPolicy`.
    ValidatingAdmissionPolicy, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", Cluster,
    ["spec.matchConstraints", "spec.paramKind", "spec.validations"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `ValidatingAdmissionPolicyBinding`.
    ValidatingAdmissionPolicyBinding, "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", Cluster,
    ["spec.policyName", "spec.matchResources", "spec.validationActions"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `MutatingAdmissionPolicy`.
    MutatingAdmissionPolicy, "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", Cluster,
    ["spec.matchConstraints", "spec.mutations"]
}
plain! {
    /// `admissionregistration.k8s.io/v1` `MutatingAdmissionPolicyBinding`.
    MutatingAdmissionPolicyBinding, "admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", Cluster,
    ["spec.policyName", "spec.matchResources"]
}
plain! {
    /// `v1` Secret: metadata only, and only where it is switched on.
    Secret, "", "v1", "secrets", Namespaced, []
}
