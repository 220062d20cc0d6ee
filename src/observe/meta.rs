//! What every object carries: identity, owners, times, marks.

use super::ownership::{Layout, Ownership, WireEntry};
use super::text::line;
use super::{lenient, ownership};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The UID of an object: 16 bytes for a UUID, which is what API servers give.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Uid {
    /// A UUID in its canonical form.
    Uuid([u8; 16]),
    /// Anything else.
    Other(Arc<str>),
}

impl Uid {
    /// Reads a UID; only the canonical lower-case form is packed, so that it prints back unchanged.
    #[must_use]
    pub fn new(text: &str) -> Self {
        pack(text).map_or_else(|| Self::Other(line(text, 128).into()), Self::Uuid)
    }
}

/// Packs `8-4-4-4-12` lower-case hex into bytes.
fn pack(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    if text.len() != 36 {
        return None;
    }
    let (mut bytes, mut digits) = ([0u8; 16], 0);
    for (at, &c) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if c != b'-' {
                return None;
            }
            continue;
        }
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | digit;
        digits += 1;
    }
    Some(bytes)
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => f.write_str(text),
            Self::Uuid(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// API version and kind of an object.
#[derive(Clone, Debug)]
pub struct TypeRef {
    /// Group and version, e.g. `apps/v1`; `v1` for the core group.
    pub api_version: Arc<str>,
    /// Kind, e.g. `Deployment`.
    pub kind: Arc<str>,
}

impl TypeRef {
    /// The API group; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }
}

/// Two types are one when group and kind agree: any served version names the same object.
impl PartialEq for TypeRef {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.group() == other.group()
    }
}
impl Eq for TypeRef {}

/// An owner reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRef {
    /// The owner's type, as the reference names it.
    pub type_ref: TypeRef,
    /// The owner's name.
    pub name: Arc<str>,
    /// The owner's UID: what decides.
    pub uid: Uid,
    /// Whether it is the managing controller.
    pub controller: bool,
}

/// What every observation carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// API version and kind.
    pub type_ref: TypeRef,
    /// Namespace; `None` for cluster-scoped objects.
    pub namespace: Option<Arc<str>>,
    /// Name.
    pub name: Arc<str>,
    /// UID.
    pub uid: Uid,
    /// Resource version, opaque.
    pub resource_version: Arc<str>,
    /// Generation; 0 where the kind has none.
    pub generation: i64,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When its deletion was asked for.
    pub deleting: Option<Timestamp>,
    /// Its owners.
    pub owners: Vec<OwnerRef>,
    /// Its labels.
    pub labels: Arc<BTreeMap<Box<str>, Box<str>>>,
    /// The annotations the engine reads; all others are dropped while decoding.
    pub annotations: Arc<BTreeMap<Box<str>, Box<str>>>,
    /// Its finalizers.
    pub finalizers: Vec<Box<str>>,
}

impl Meta {
    /// The managing controller.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owners.iter().find(|owner| owner.controller)
    }

    /// A kept annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(|v| &**v)
    }

    /// A label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(|v| &**v)
    }
}

/// `metadata`, as it stands on the wire.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireMeta {
    #[serde(default, deserialize_with = "lenient::field")]
    name: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    namespace: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    uid: String,
    #[serde(default, deserialize_with = "lenient::field")]
    resource_version: String,
    #[serde(default, deserialize_with = "lenient::field")]
    generation: i64,
    #[serde(default, deserialize_with = "lenient::optional")]
    creation_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    deletion_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::list")]
    owner_references: Vec<WireOwner>,
    #[serde(default, deserialize_with = "lenient::field")]
    labels: Pairs<false>,
    #[serde(default, deserialize_with = "lenient::field")]
    annotations: Pairs<true>,
    #[serde(default, deserialize_with = "lenient::list")]
    finalizers: Vec<Box<str>>,
    #[serde(default)]
    managed_fields: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOwner {
    #[serde(default, deserialize_with = "lenient::field")]
    api_version: String,
    #[serde(default, deserialize_with = "lenient::field")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::field")]
    name: String,
    #[serde(default, deserialize_with = "lenient::field")]
    uid: String,
    #[serde(default, deserialize_with = "lenient::field")]
    controller: bool,
}

impl WireMeta {
    /// The name and resource version, which watchers need of every object.
    #[must_use]
    pub fn key(&self) -> (&str, Option<&str>, &str, &str) {
        (&self.name, self.namespace.as_deref(), &self.uid, &self.resource_version)
    }

    /// Takes the raw `managedFields`, to be read only if they are needed.
    pub fn take_managed_fields(&mut self) -> Option<Box<RawValue>> {
        self.managed_fields.take()
    }

    /// Reads the owners of the fields.
    #[must_use]
    pub fn ownership(&self, layout: Layout) -> Ownership {
        read_ownership(self.managed_fields.as_deref(), layout)
    }

    /// The kept part.
    #[must_use]
    pub fn trim(self, api_version: &str, kind: &str) -> Meta {
        let text = |value: &str, max| Arc::<str>::from(line(value, max));
        Meta {
            type_ref: TypeRef { api_version: api_version.into(), kind: kind.into() },
            namespace: self.namespace.filter(|n| !n.is_empty()).map(|n| text(&n, 63)),
            name: text(&self.name, 253),
            // Without a UID an object is known by its name, which is the best there is.
            uid: if self.uid.is_empty() {
                Uid::Other(text(&self.name, 253))
            } else {
                Uid::new(&self.uid)
            },
            resource_version: text(&self.resource_version, 64),
            generation: self.generation,
            created: self.creation_timestamp,
            deleting: self.deletion_timestamp,
            owners: self
                .owner_references
                .iter()
                .map(|owner| OwnerRef {
                    type_ref: TypeRef {
                        api_version: text(&owner.api_version, 320),
                        kind: text(&owner.kind, 63),
                    },
                    name: text(&owner.name, 253),
                    uid: Uid::new(&owner.uid),
                    controller: owner.controller,
                })
                .collect(),
            labels: Arc::new(self.labels.0),
            annotations: Arc::new(self.annotations.0),
            finalizers: self.finalizers,
        }
    }
}

/// Reads raw `managedFields`; what cannot be read owns nothing.
#[must_use]
pub(super) fn read_ownership(raw: Option<&RawValue>, layout: Layout) -> Ownership {
    let entries: Vec<ownership::WireEntry> = raw
        .and_then(|raw| serde_json::from_str::<Vec<WireEntry>>(raw.get()).ok())
        .unwrap_or_default();
    Ownership::read(&entries, layout)
}

/// The annotations that some part of the engine reads.
const KEPT: &[&str] = &[
    "kubeblame.dev/",
    "deployment.kubernetes.io/",
    "rollout.argoproj.io/revision",
    "kubernetes.io/change-cause",
    "kubernetes.io/config.",
    "kubernetes.io/limit-ranger",
    "meta.helm.sh/",
    "helm.sh/hook",
    "argocd.argoproj.io/tracking-id",
    "cronjob.kubernetes.io/instantiate",
    "batch.kubernetes.io/cronjob-scheduled-timestamp",
    "batch.kubernetes.io/job-completion-index",
    "deprecated.daemonset.template.generation",
    "sidecar.istio.io/status",
    "linkerd.io/",
    "vault.hashicorp.com/agent-inject-status",
    "dapr.io/enabled",
    "sidecar.opentelemetry.io/",
    "instrumentation.opentelemetry.io/",
    "admission.datadoghq.com/",
    "consul.hashicorp.com/connect-inject-status",
    "kuma.io/sidecar-injected",
    "sidecar.jaegertracing.io/",
    "policies.kyverno.io/last-applied-patches",
    "kruise.io/",
    "apps.kruise.io/",
    "vpaUpdates",
    "eks.amazonaws.com/role-arn",
];
/// The longest annotation value that is kept, in bytes: marks are short.
const MAX_ANNOTATION: usize = 1024;

/// Labels, or annotations of which only the kept ones are read.
#[derive(Debug, Default)]
struct Pairs<const KEPT_ONLY: bool>(BTreeMap<Box<str>, Box<str>>);

impl<'de, const KEPT_ONLY: bool> Deserialize<'de> for Pairs<KEPT_ONLY> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor::<KEPT_ONLY>)
    }
}

struct PairsVisitor<const KEPT_ONLY: bool>;

impl<'de, const KEPT_ONLY: bool> Visitor<'de> for PairsVisitor<KEPT_ONLY> {
    type Value = Pairs<KEPT_ONLY>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels or annotations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if KEPT_ONLY && !KEPT.iter().any(|prefix| key.starts_with(prefix)) {
                map.next_value::<IgnoredAny>()?;
            } else if let Some(value) = map.next_value::<lenient::Lenient<String>>()?.0 {
                pairs.insert(key.into(), line(&value, MAX_ANNOTATION).into());
            }
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_packed_and_prints_back() {
        for text in [
            "12b57653-1fdc-4844-a5f3-f055c9166aad",
            "d1",
            "",
            "12B57653-1fdc-4844-a5f3-f055c9166aad",
        ] {
            assert_eq!(Uid::new(text).to_string(), text);
        }
        assert!(matches!(Uid::new("12b57653-1fdc-4844-a5f3-f055c9166aad"), Uid::Uuid(_)));
    }

    #[test]
    fn secrets_in_annotations_are_not_kept() {
        let wire: WireMeta = serde_json::from_str(
            r#"{"name":"x","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":\"c2VjcmV0\"}","kubernetes.io/change-cause":"deploy v2"}}"#,
        )
        .expect("valid");
        let meta = wire.trim("v1", "Secret");
        assert_eq!(
            meta.annotations.keys().map(|k| &**k).collect::<Vec<_>>(),
            ["kubernetes.io/change-cause"]
        );
    }

    #[test]
    fn types_are_compared_without_their_version() {
        let of = |v: &str| TypeRef { api_version: v.into(), kind: "Deployment".into() };
        assert_eq!(of("apps/v1"), of("apps/v1beta2"));
        assert_ne!(of("apps/v1"), of("v1"));
    }
}
