//! What is kept of a live object: the *observation*.
//!
//! One trimmed picture per object, holding only what can matter to a judgement,
//! decoded straight from the wire. Nothing here fails: what is odd in an object
//! reads as absent. Values that must not be shown are hashed while decoding.

mod audit;
mod condition;
mod content;
mod controller_revision;
mod event;
mod fields;
mod lenient;
mod meta;
mod ownership;
mod plain;
mod pod;
mod text;
mod uid;
mod workload;

pub use audit::{Audit, Record, read_audit};
pub use condition::{Condition, Statement, WireCondition, find as find_condition};
pub use content::ConfigMap;
pub use controller_revision::ControllerRevision;
pub use event::{Event, EventObject};
pub use fields::{Difference, Fields, Leaf};
pub use meta::{Deletion, Family, Meta, OwnerRef, TypeRef, WireMeta};
pub use ownership::{Claim, Layout, Owner, Ownership};
pub use plain::{
    HorizontalPodAutoscaler, LimitRange, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
    MutatingWebhookConfiguration, Namespace, Node, PersistentVolumeClaim, Plain, PriorityClass,
    ResourceQuota, RuntimeClass, Secret, Service, ServiceAccount, StorageClass,
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration,
    WirePlain,
};
pub use pod::{Container, ContainerList, ContainerStatus, Pod, RawSpec, State, Termination};
pub use text::{clean, cut, line};
pub use uid::Uid;
pub use workload::{
    CronJob, DaemonSet, Deployment, Job, ReplicaSet, ReplicationController, StatefulSet, Workload,
    WorkloadStatus,
};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Debug;

/// One object, as last seen.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Identity, owners, times, marks.
    pub meta: Meta,
    /// Who wrote which field; empty for a pod, whose raw text is read when needed.
    pub ownership: Ownership,
    /// What its kind has.
    pub detail: Detail,
}

/// What an object's kind has.
#[derive(Clone, Debug)]
pub enum Detail {
    /// A pod.
    Pod(Box<Pod>),
    /// Anything that carries a template and makes pods.
    Workload(Box<Workload>),
    /// A stored template.
    ControllerRevision(Box<ControllerRevision>),
    /// An event.
    Event(Box<Event>),
    /// A `ConfigMap`.
    ConfigMap(Box<ConfigMap>),
    /// A kind of which a few fields matter, or one we do not know.
    Plain(Box<Plain>),
}

/// Whether a kind lives in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// It does.
    Namespaced,
    /// It does not.
    Cluster,
}

/// What part a kind plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Root, revision or pod: while one of these is unsynced nothing can be judged.
    Chain,
    /// Something that can break the others: its absence lowers confidence only.
    Input,
}

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version.
    pub version: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Plural, as it stands in URLs and RBAC.
    pub plural: &'static str,
    /// Whether it lives in namespaces.
    pub scope: Scope,
    /// What part it plays.
    pub part: Part,
}

/// A kind's name with its group, where a watched kind of another group has the same name;
/// elsewhere the name alone is unique.
pub(crate) fn unique_name(kind: &str, group: &str) -> Option<String> {
    let is_taken = |other: &KindInfo| other.kind == kind && other.group != group;
    KINDS.iter().any(is_taken).then(|| format!("{kind}.{group}"))
}

impl KindInfo {
    const fn chain(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self { group, version, kind, plural, scope: Scope::Namespaced, part: Part::Chain }
    }

    const fn input(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self { part: Part::Input, ..Self::chain(group, version, kind, plural) }
    }

    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The name by which its lists are known: its kind, with its group where a watched kind
    /// of another group has the same (Kruise has a `StatefulSet` too).
    #[must_use]
    pub fn list_name(&self) -> Cow<'static, str> {
        unique_name(self.kind, self.group).map_or(Cow::Borrowed(self.kind), Cow::Owned)
    }

    /// The type of its objects.
    #[must_use]
    pub fn type_ref(&self) -> TypeRef {
        TypeRef { api_version: self.api_version().into(), kind: self.kind.into() }
    }
}

/// A kind whose objects are decoded and trimmed.
pub trait Watched: Send + Sync + 'static {
    /// The kind.
    const KIND: KindInfo;
    /// What is read of its wire form.
    type Wire: DeserializeOwned + Debug + Send + 'static;
    /// The metadata of the wire form.
    fn meta(wire: &Self::Wire) -> &WireMeta;
    /// Keeps what can matter.
    fn trim(wire: Self::Wire) -> Observed;
}

/// Calls a macro with the name of every watched kind: the one list of them.
#[macro_export]
macro_rules! for_each_kind {
    ($do:ident) => {
        $do! {
            Pod, Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job, CronJob,
            ControllerRevision, Event, ConfigMap, Node, Namespace, ResourceQuota, LimitRange,
            PersistentVolumeClaim, StorageClass, HorizontalPodAutoscaler, Service, ServiceAccount,
            ValidatingWebhookConfiguration, MutatingWebhookConfiguration,
            ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
            MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, PriorityClass, RuntimeClass
        }
    };
}

macro_rules! list_kinds {
    ($($kind:ident),+) => {
        /// Every watched kind.
        pub const KINDS: &[KindInfo] = &[$(<$kind as Watched>::KIND),+];

        /// Reads an object of a watched kind; `None` for other kinds.
        fn read_known(info: &TypeName, json: &str) -> Option<Result<Observed, serde_json::Error>> {
            $(if info.is(&<$kind as Watched>::KIND) {
                return Some(serde_json::from_str::<<$kind as Watched>::Wire>(json).map($kind::trim));
            })+
            None
        }
    };
}
for_each_kind!(list_kinds);

/// The type an object names itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeName {
    #[serde(default, deserialize_with = "lenient::field")]
    api_version: String,
    #[serde(default, deserialize_with = "lenient::field")]
    kind: String,
}

impl TypeName {
    /// Whether it names this kind, in whatever version.
    fn is(&self, info: &KindInfo) -> bool {
        let group = self.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        self.kind == info.kind && group == info.group
    }
}

/// Reads one object of any kind from its JSON; kinds we do not watch are read as metadata.
///
/// # Errors
/// When the text is not JSON, or not an object with a kind and a name.
pub fn read(json: &str) -> Result<Observed, ReadError> {
    let name: TypeName = serde_json::from_str(json).map_err(ReadError::NotJson)?;
    if name.kind.is_empty() {
        return Err(ReadError::NotAnObject);
    }
    let observed = match read_known(&name, json) {
        Some(read) => read.map_err(ReadError::NotJson)?,
        None => serde_json::from_str::<WirePlain>(json)
            .map_err(ReadError::NotJson)?
            .trim_unknown(&line(&name.api_version, 320), &line(&name.kind, 63)),
    };
    if observed.meta.name.is_empty() { Err(ReadError::NoName) } else { Ok(observed) }
}

/// Why an object could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// It is not valid JSON.
    NotJson(serde_json::Error),
    /// It has no kind.
    NotAnObject,
    /// It has no name.
    NoName,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson(error) => write!(f, "not a JSON object: {error}"),
            Self::NotAnObject => f.write_str("not a Kubernetes object: it has no kind"),
            Self::NoName => f.write_str(
                "not a Kubernetes object: it has no metadata.name (a generateName is the server's to fill in: choose such objects by label)",
            ),
        }
    }
}

impl std::error::Error for ReadError {}
