//! `ControllerRevisions`: the templates of `StatefulSets` and `DaemonSets`.

use super::fields::Fields;
use super::meta::WireMeta;
use super::ownership::Ownership;
use super::{Detail, KindInfo, Observed, Watched, lenient};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// One stored template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerRevision {
    /// The revision's number; it rises when an old template is used again.
    pub revision: i64,
    /// The template it stores.
    pub template: Arc<Fields>,
}

/// A `ControllerRevision` on the wire.
#[derive(Debug, Deserialize)]
pub struct WireRevision {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default, deserialize_with = "lenient::field")]
    revision: i64,
    #[serde(default)]
    data: Value,
}

impl Watched for ControllerRevision {
    const KIND: KindInfo =
        KindInfo::chain("apps", "v1", "ControllerRevision", "controllerrevisions");
    type Wire = WireRevision;

    fn meta(wire: &WireRevision) -> &WireMeta {
        &wire.metadata
    }

    fn trim(wire: WireRevision) -> Observed {
        // The data is a patch of the owner: {"spec":{"template":{…,"$patch":"replace"}}}.
        let template =
            wire.data.pointer("/spec/template").map(Fields::of_template).unwrap_or_default();
        let revision = Self { revision: wire.revision, template: Arc::new(template) };
        Observed {
            meta: wire.metadata.trim("apps/v1", "ControllerRevision"),
            ownership: Ownership::default(),
            detail: Detail::ControllerRevision(Box::new(revision)),
        }
    }
}
