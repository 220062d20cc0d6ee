//! Conditions of a status.

use super::lenient;
use super::text::line;
use jiff::Timestamp;
use serde::Deserialize;
use std::ops::Deref;
use std::sync::Arc;

/// The longest message that is kept, in bytes: a scheduler's full sentence on a large cluster.
const MAX_MESSAGE: usize = 1024;

/// One condition of an object. It reads as what it says, too: `condition.reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it says.
    pub statement: Arc<Statement>,
    /// When the status last changed.
    pub since: Option<Timestamp>,
    /// When it was last written, for kinds that say so.
    pub updated: Option<Timestamp>,
}

impl Condition {
    /// Whether its status is `True`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        &*self.status == "True"
    }
}

impl Deref for Condition {
    type Target = Statement;

    fn deref(&self) -> &Statement {
        &self.statement
    }
}

/// What a condition says, without when: many objects say the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Its type, e.g. `Ready`.
    pub type_: Box<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Box<str>,
    /// Why, in one word.
    pub reason: Box<str>,
    /// Why, in one sentence.
    pub message: Box<str>,
}

/// A condition on the wire.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireCondition {
    #[serde(default, rename = "type", deserialize_with = "lenient::field")]
    type_: String,
    #[serde(default, deserialize_with = "lenient::field")]
    status: String,
    #[serde(default, deserialize_with = "lenient::field")]
    reason: String,
    #[serde(default, deserialize_with = "lenient::field")]
    message: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    last_transition_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    last_update_time: Option<Timestamp>,
}

pub(super) fn trim(wire: Vec<WireCondition>) -> Vec<Condition> {
    wire.into_iter()
        .map(|c| Condition {
            statement: Arc::new(Statement {
                type_: line(&c.type_, 128).into(),
                status: line(&c.status, 16).into(),
                reason: line(&c.reason, 128).into(),
                message: line(&c.message, MAX_MESSAGE).into(),
            }),
            since: c.last_transition_time,
            updated: c.last_update_time,
        })
        .collect()
}

/// The condition of a type.
#[must_use]
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| &*c.type_ == type_)
}
