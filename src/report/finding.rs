//! What is wrong and why: symptom, cause, trigger, evidence.

use super::{CauseClass, Confidence, ContainerType, Moment, ObjectRef, TriggerClass, is_false};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One symptom and its cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What is wrong, where, since when.
    pub symptom: Symptom,
    /// The change that broke it, or Unknown.
    pub cause: Cause,
    /// What made the first failing instance read the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// What the blame rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub evidence: Vec<Evidence>,
    /// Further or shallower causes; never Certain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub contributors: Vec<Cause>,
    /// True: real, but not what fails now.
    #[serde(default, skip_serializing_if = "is_false")]
    pub latent: bool,
    /// One command or sentence that follows from the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub remedy: Option<String>,
}

/// What is wrong; steady within an episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Symptom {
    /// The deepest and steadiest word Kubernetes has for it.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// What Kubernetes says, sanitised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub message: Option<String>,
    /// The container; absent for symptoms of a pod or a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub container: Option<String>,
    /// The container's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_type: Option<ContainerType>,
    /// The exit code of the last failed run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// How many pods show it; 0 when none could be made.
    pub pods: i32,
    /// Up to three of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), inner(length(max = 253)))]
    pub examples: Vec<String>,
    /// When it was first seen.
    pub first_seen: Moment,
    /// When it was last seen, as of the last write.
    pub last_seen: Moment,
}

/// What broke it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The kind of change.
    pub class: CauseClass,
    /// How sure; absent for Unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The object that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The revision, for Revision, Rollback and Restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// The object's generation, for a `CronJob` or Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// What changed, the ones that explain the symptom first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub changes: Vec<FieldChange>,
    /// Who changed it; absent when unknown, never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// The latest it can have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// The earliest it can have happened, where only an interval is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Moment>,
    /// True: this cause breaks other roots too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared: bool,
    /// The cause in one sentence.
    #[schemars(length(max = 512))]
    pub summary: String,
}

impl Cause {
    /// Whether this is a blame: Certain or Likely.
    #[must_use]
    pub fn is_blame(&self) -> bool {
        matches!(self.confidence, Some(Confidence::Certain | Confidence::Likely))
    }
}

/// One changed field.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct FieldChange {
    /// Path of the field, list items by merge key.
    #[schemars(length(max = 512))]
    pub path: String,
    /// The value before, for value-safe fields only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub from: Option<String>,
    /// The value after, for value-safe fields only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub to: Option<String>,
}

/// Who made a change.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Author {
    /// The field manager, as the client named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub manager: Option<String>,
    /// `Apply` or `Update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub operation: Option<String>,
    /// The tool behind the manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// The user, when an audit record proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub user: Option<String>,
}

/// The tool behind a field manager, by its marks on the object.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Via {
    /// What kind of thing: `HelmRelease`, `Application`, `Kustomization`.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Its name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Its revision, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub revision: Option<String>,
}

/// What made the first failing instance read the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// The kind of event.
    pub class: TriggerClass,
    /// The object that made it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
}

/// One fact that a blame rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The object that shows it.
    pub object: ObjectRef,
    /// The field that shows it.
    #[schemars(length(max = 256))]
    pub field: String,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub value: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
}
