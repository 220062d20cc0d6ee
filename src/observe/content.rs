//! `ConfigMaps` and Secrets: which keys they have and whether each changed.
//!
//! Data is hashed per key inside the decoder, with a key of this process, and
//! dropped. Of Secrets only the metadata is asked for, and nothing of the data
//! is looked at even when a dump holds it.

use super::fields::{Fields, Leaf, hidden_hash};
use super::meta::WireMeta;
use super::ownership::Layout;
use super::{Detail, KindInfo, Observed, Watched, lenient};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A `ConfigMap`'s keys, each with the hash of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMap {
    /// `data[KEY]` and `binaryData[KEY]`, values hidden.
    pub keys: Arc<Fields>,
}

/// A `ConfigMap` on the wire.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireConfigMap {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default, deserialize_with = "lenient::optional")]
    data: Option<serde_json::Map<String, Value>>,
    #[serde(default, deserialize_with = "lenient::optional")]
    binary_data: Option<serde_json::Map<String, Value>>,
}

impl Watched for ConfigMap {
    const KIND: KindInfo = KindInfo::input("", "v1", "ConfigMap", "configmaps");
    type Wire = WireConfigMap;

    fn meta(wire: &WireConfigMap) -> &WireMeta {
        &wire.metadata
    }

    fn trim(wire: WireConfigMap) -> Observed {
        let hash = |map: &str, pairs: Option<serde_json::Map<String, Value>>| {
            let map = map.to_owned();
            pairs.into_iter().flatten().map(move |(key, value)| {
                let hash =
                    value.as_str().map_or_else(|| hidden_hash(&value.to_string()), hidden_hash);
                (format!("{map}[{key}]"), Leaf::Hidden(hash))
            })
        };
        let keys =
            Fields::from_pairs(hash("data", wire.data).chain(hash("binaryData", wire.binary_data)));
        Observed {
            ownership: wire.metadata.ownership(Layout::Plain),
            meta: wire.metadata.trim("v1", "ConfigMap"),
            detail: Detail::ConfigMap(Box::new(Self { keys: Arc::new(keys) })),
        }
    }
}
