//! The report: what kubeblame says of one root, as the API shows it.
//!
//! The types are plain data (the offline plugin prints them too); the CRD that
//! carries them in a cluster is in [`crd`](crate::crd). A *root* is the topmost
//! workload above a pod; a *finding* joins one symptom with one cause; a
//! *revision* is one version of the root's template and the pods made from it.

mod caps;
mod finding;
mod past;
mod revision;
mod words;

pub use caps::{MAX_STATUS_BYTES, fit};
pub use finding::{Author, Cause, Evidence, FieldChange, Finding, Symptom, Trigger, Via};
pub use past::{Episode, InputEntry, Omitted, PastCause, PastSymptom, PastTrigger, PendingEdit};
pub use revision::{ContainerDetail, Origin, PodCounts, PodDetail, RevisionEntry};
pub use words::{
    CauseClass, Confidence, ContainerType, HeldBy, OriginClass, TriggerClass, Verdict,
};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The API group of the report.
pub const GROUP: &str = "kubeblame.dev";
/// The API group and version of the report.
pub const API_VERSION: &str = "kubeblame.dev/v1alpha1";
/// The kind of the report.
pub const KIND: &str = "BlameReport";
/// The annotation on a root that opts it out of reports.
pub const IGNORE_ANNOTATION: &str = "kubeblame.dev/ignore";

/// A moment of the cluster's clock, in UTC, whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

impl Moment {
    /// The timestamp behind the moment.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl From<Timestamp> for Moment {
    /// Cuts to whole seconds, the precision of the Kubernetes API.
    fn from(time: Timestamp) -> Self {
        Self(Timestamp::from_second(time.as_second()).unwrap_or(time))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A whole report, as printed offline and as read from the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlameReport {
    /// Always [`API_VERSION`] in what we write.
    pub api_version: String,
    /// Always [`KIND`].
    pub kind: String,
    /// Name and namespace of the report.
    pub metadata: ReportMeta,
    /// What the report is about.
    pub spec: Spec,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// The part of the object's metadata that a reader needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportMeta {
    /// The report's name.
    pub name: String,
    /// The root's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The root: the topmost workload above the pods.
    pub root: RootRef,
}

/// The identity of a root.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct RootRef {
    /// API group and version of the root, e.g. `apps/v1`.
    #[schemars(length(max = 320))]
    pub api_version: String,
    /// Kind of the root.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Name of the root.
    #[schemars(length(max = 253))]
    pub name: String,
    /// UID of the root: another object under the same name is another root.
    #[schemars(length(max = 128))]
    pub uid: String,
}

/// An object that a report names.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// API group and version, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 320))]
    pub api_version: Option<String>,
    /// Kind.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Namespace; absent for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
    /// Name; absent for an object of another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// UID, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub uid: Option<String>,
}

/// What kubeblame says of the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The root's `metadata.generation` this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_generation: Option<i64>,
    /// The report's own generation this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// How the root is doing.
    pub verdict: Verdict,
    /// When this verdict began.
    pub since: Moment,
    /// The whole answer in one sentence.
    #[schemars(length(max = 1024))]
    pub summary: String,
    /// `Healthy` first (its message is the summary), then `Fresh`.
    #[schemars(length(max = 8))]
    pub conditions: Vec<Condition>,
    /// Ready-made texts for the printer columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Display>,
    /// The owners above the root, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub owners: Vec<ObjectRef>,
    /// What is wrong and why, most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub findings: Vec<Finding>,
    /// The revisions that matter, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub revisions: Vec<RevisionEntry>,
    /// Outside inputs of the pods whose change was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub inputs: Vec<InputEntry>,
    /// A template edit that no pod carries yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_edit: Option<PendingEdit>,
    /// Earlier episodes and notable events, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub history: Vec<Episode>,
    /// How much the caps cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted: Option<Omitted>,
}

/// A condition, as every Kubernetes tool reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Type of the condition: `Healthy` or `Fresh`.
    #[serde(rename = "type")]
    #[schemars(length(max = 64))]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    #[schemars(length(max = 16))]
    pub status: String,
    /// Why, in one word.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// Why, in one sentence.
    #[schemars(length(max = 1024))]
    pub message: String,
    /// When the status last changed.
    pub last_transition_time: Moment,
    /// The report's generation the condition speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// Ready-made texts for the printer columns of `kubectl get blame`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Display {
    /// Ready of desired pods, e.g. `0/2`.
    #[schemars(length(max = 32))]
    pub ready: String,
    /// The cause in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub cause: Option<String>,
    /// Who made the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub by: Option<String>,
    /// What made it visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub trigger: Option<String>,
    /// The current revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub revision: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}
