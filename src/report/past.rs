//! What is kept of before, and what is held back or cut.

use super::{
    Author, CauseClass, Confidence, FieldChange, HeldBy, Moment, ObjectRef, TriggerClass, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An outside input whose change was seen: never a value, never a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InputEntry {
    /// The object that changed.
    pub object: ObjectRef,
    /// Its resourceVersion after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub resource_version: Option<String>,
    /// What changed in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(max = 512)))]
    pub paths: Vec<String>,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// The earliest it can have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Moment>,
    /// The latest it can have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
}

/// A template edit that no pod carries yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingEdit {
    /// What it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub changes: Vec<FieldChange>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// What holds it back.
    pub held_by: HeldBy,
}

/// An earlier episode, or a notable event that broke nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Episode {
    /// How the root was.
    pub verdict: Verdict,
    /// When it began.
    pub from: Moment,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Moment>,
    /// What it was, in one sentence.
    #[schemars(length(max = 512))]
    pub summary: String,
    /// Its leading symptom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptom: Option<PastSymptom>,
    /// Its cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<PastCause>,
    /// Its trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<PastTrigger>,
}

/// The symptom of an earlier episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastSymptom {
    /// The steady word for it.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// The container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub container: Option<String>,
    /// The exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Pods that showed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), inner(length(max = 253)))]
    pub examples: Vec<String>,
}

/// The cause of an earlier episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastCause {
    /// The kind of change.
    pub class: CauseClass,
    /// How sure it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The object that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
}

/// The trigger of an earlier episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastTrigger {
    /// The kind of event.
    pub class: TriggerClass,
}

/// How much the caps cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Omitted {
    /// Findings not shown.
    pub findings: i32,
    /// Revisions not shown.
    pub revisions: i32,
    /// Pods not shown.
    pub pods: i32,
    /// Episodes not shown.
    pub history: i32,
}

impl Omitted {
    /// Whether nothing was cut.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
