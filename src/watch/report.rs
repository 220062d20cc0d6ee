//! The reports themselves, as they stand in the cluster.
//!
//! Anybody with the right may write one, so nothing of it is trusted to be whole:
//! a spec or status that cannot be read is as good as none.

use super::{Carried, Item};
use crate::observe::{KindInfo, Part, Scope};
use crate::report::{self, RootRef, Spec, Status};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::ObjectMeta;
use kube::core::DynamicResourceScope;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// The report's own kind.
pub const REPORT_KIND: KindInfo = KindInfo {
    group: report::GROUP,
    version: "v1alpha1",
    kind: report::KIND,
    plural: "blamereports",
    scope: Scope::Namespaced,
    part: Part::Input,
};

/// A report in the cluster.
#[derive(Clone, Debug)]
pub struct SeenReport {
    /// Its metadata: name, namespace, UID, versions and owners.
    pub meta: ObjectMeta,
    /// What it says it is about.
    pub root: Option<RootRef>,
    /// What it says.
    pub status: Option<Status>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireMeta {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    owner_references: Option<Vec<OwnerReference>>,
}

impl<'de> Deserialize<'de> for SeenReport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire { metadata, spec, status } = Wire::deserialize(deserializer)?;
        Ok(Self {
            meta: ObjectMeta {
                name: metadata.name,
                namespace: metadata.namespace,
                uid: metadata.uid,
                resource_version: metadata.resource_version,
                generation: metadata.generation,
                owner_references: metadata.owner_references,
                ..ObjectMeta::default()
            },
            root: serde_json::from_value::<Spec>(spec).ok().map(|spec| spec.root),
            status: serde_json::from_value(status).ok(),
        })
    }
}

impl kube::Resource for SeenReport {
    type DynamicType = ();
    type Scope = DynamicResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        REPORT_KIND.kind.into()
    }
    fn group((): &()) -> Cow<'_, str> {
        REPORT_KIND.group.into()
    }
    fn version((): &()) -> Cow<'_, str> {
        REPORT_KIND.version.into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        REPORT_KIND.plural.into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

impl Carried for SeenReport {
    fn into_item(self, _: &KindInfo) -> Option<Item> {
        Some(Item::Report(Box::new(self)))
    }
}
