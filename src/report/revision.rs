//! The revisions of a root, their pods and containers.

use super::{
    Author, Confidence, ContainerType, FieldChange, Moment, ObjectRef, OriginClass, is_false,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One revision of the root and its pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionEntry {
    /// The revision's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Whether it is the one the root wants now.
    #[serde(default, skip_serializing_if = "is_false")]
    pub current: bool,
    /// The object that carries it: a `ReplicaSet`, a `ControllerRevision`, a Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<ObjectRef>,
    /// When that object was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
    /// The newest proof that a pod of it was well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_healthy: Option<Moment>,
    /// What changed against the predecessor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub changes: Vec<FieldChange>,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// The root's change-cause annotation: a claim, not evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub change_cause: Option<String>,
    /// How many pods, and how they are.
    pub pods: PodCounts,
    /// Failing pods first, and one well peer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub pod_details: Vec<PodDetail>,
}

/// How many pods a revision has, and how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodCounts {
    /// How many it should have.
    pub desired: i32,
    /// How many it has.
    pub current: i32,
    /// How many are ready.
    pub ready: i32,
    /// How many are available.
    pub available: i32,
    /// How many fail.
    pub failing: i32,
}

/// One pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodDetail {
    /// The pod's name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// The pod's UID.
    #[schemars(length(max = 128))]
    pub uid: String,
    /// The node it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub node: Option<String>,
    /// Its phase.
    #[schemars(length(max = 32))]
    pub phase: String,
    /// Whether it is ready.
    pub ready: bool,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
    /// The revision number in force when it was made, where it differs from the entry's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_under: Option<i64>,
    /// Its containers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub containers: Vec<ContainerDetail>,
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContainerDetail {
    /// The container's name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_: ContainerType,
    /// Where it comes from.
    pub origin: Origin,
    /// Its image, as the pod's spec names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub image: Option<String>,
    /// The image that runs.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "imageID")]
    #[schemars(length(max = 256))]
    pub image_id: Option<String>,
    /// `Waiting`, `Running` or `Terminated`.
    #[schemars(length(max = 16))]
    pub state: String,
    /// The steady word for what is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// The exit code of its last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// How often it was restarted.
    pub restarts: i32,
    /// When its last run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_finished_at: Option<Moment>,
}

/// Where a container comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The kind of source.
    pub class: OriginClass,
    /// The revision whose template it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Who injected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injector: Option<ObjectRef>,
    /// The injector's own revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub injector_revision: Option<String>,
    /// Who edited the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// How sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}
