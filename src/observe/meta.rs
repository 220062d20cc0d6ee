//! What every object carries: identity, owners, times, marks.

use super::ownership::{Layout, Ownership, WireEntry};
use super::text::line;
use super::uid::Uid;
use super::{lenient, ownership};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

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

/// What every observation carries. It reads as its family, too: `meta.namespace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// What it has alike with its siblings.
    pub family: Arc<Family>,
    /// Name.
    pub name: Arc<str>,
    /// UID.
    pub uid: Uid,
    /// Resource version, opaque.
    pub resource_version: Box<str>,
    /// Generation; 0 where the kind has none.
    pub generation: i64,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its deletion, once that was asked for.
    pub deleting: Option<Box<Deletion>>,
}

/// A deletion that was asked for. Most objects never see one, so it has a place of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When it was asked for.
    pub asked: Timestamp,
    /// When the grace period ends: `metadata.deletionTimestamp`. It moves back as the period
    /// is cut short, in the end to nothing (kubernetes `registry/rest/delete.go`).
    pub due: Timestamp,
}

impl Deletion {
    /// `grace` is in seconds.
    fn new(due: Timestamp, grace: i64) -> Self {
        let grace = SignedDuration::from_secs(grace.max(0));
        Self { asked: due.checked_sub(grace).unwrap_or(due), due }
    }
}

impl Deref for Meta {
    type Target = Family;

    fn deref(&self) -> &Family {
        &self.family
    }
}

/// What the objects of one maker have alike: of it the graph holds one copy for all of them.
#[derive(Clone, Debug)]
pub struct Family {
    /// API version and kind.
    pub type_ref: TypeRef,
    /// Namespace; `None` for cluster-scoped objects.
    pub namespace: Option<Arc<str>>,
    /// Its owners.
    pub owners: Vec<OwnerRef>,
    /// Its labels.
    pub labels: Arc<BTreeMap<Box<str>, Box<str>>>,
    /// The annotations the engine reads; all others are dropped while decoding.
    pub annotations: Arc<BTreeMap<Box<str>, Box<str>>>,
    /// Its finalizers.
    pub finalizers: Vec<Box<str>>,
}

impl Family {
    /// The versions in which the types are named. They make no two types different, but
    /// one object must not take over how another names its owner.
    fn versions(&self) -> impl Iterator<Item = &str> {
        let owners = self.owners.iter().map(|owner| &*owner.type_ref.api_version);
        owners.chain([&*self.type_ref.api_version])
    }
}

/// Families are one when nothing at all tells them apart.
impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.type_ref == other.type_ref
            && self.namespace == other.namespace
            && self.owners == other.owners
            && self.labels == other.labels
            && self.annotations == other.annotations
            && self.finalizers == other.finalizers
            && self.versions().eq(other.versions())
    }
}
impl Eq for Family {}

/// A part of it is enough to find one that is equal: siblings differ from others in these.
impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.type_ref.kind, &self.namespace, &self.labels, &self.annotations).hash(state);
        for owner in &self.owners {
            owner.uid.hash(state);
        }
    }
}

impl Meta {
    /// The managing controller.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owners.iter().find(|owner| owner.controller)
    }

    /// When its deletion was asked for.
    #[must_use]
    pub fn deletion_asked(&self) -> Option<Timestamp> {
        self.deleting.as_ref().map(|deletion| deletion.asked)
    }

    /// When its deletion is due.
    #[must_use]
    pub fn deletion_due(&self) -> Option<Timestamp> {
        self.deleting.as_ref().map(|deletion| deletion.due)
    }

    /// Says what it is, where the wire did not.
    pub fn set_type(&mut self, type_ref: TypeRef) {
        Arc::make_mut(&mut self.family).type_ref = type_ref;
    }

    /// Forgets the annotations.
    pub fn drop_annotations(&mut self) {
        Arc::make_mut(&mut self.family).annotations = Arc::default();
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
    #[serde(default, deserialize_with = "lenient::field")]
    deletion_grace_period_seconds: i64,
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
        let family = Family {
            type_ref: TypeRef { api_version: api_version.into(), kind: kind.into() },
            namespace: self.namespace.filter(|n| !n.is_empty()).map(|n| text(&n, 63)),
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
        };
        Meta {
            family: Arc::new(family),
            name: text(&self.name, 253),
            // Without a UID an object is known by its name, which is the best there is.
            uid: if self.uid.is_empty() {
                Uid::Other(text(&self.name, 253))
            } else {
                Uid::new(&self.uid)
            },
            resource_version: line(&self.resource_version, 64).into(),
            generation: self.generation,
            created: self.creation_timestamp,
            deleting: self
                .deletion_timestamp
                .map(|due| Box::new(Deletion::new(due, self.deletion_grace_period_seconds))),
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
