//! Orders: what is to be done in the cluster, and how it went.

use super::name::Key;
use crate::observe::Uid;
use crate::report::{RootRef, Status};
use std::sync::Arc;

/// One thing to do in the cluster.
#[derive(Clone, Debug)]
pub struct Order {
    /// The report it is about.
    pub key: Key,
    /// The root it is done for; `None` for a report that belongs to no root.
    pub root: Option<Uid>,
    /// What is to be done.
    pub task: Task,
}

/// What is to be done with a report.
#[derive(Clone, Debug)]
pub enum Task {
    /// Make it, or set it right: spec, owner reference, and then the status.
    Put(Box<Put>),
    /// Delete it, if it is still this very object.
    Remove {
        /// Its UID.
        uid: String,
    },
}

/// A report to be written.
#[derive(Clone, Debug)]
pub struct Put {
    /// The root it is about.
    pub root: RootRef,
    /// UID and generation of the report, where its spec and owner stand as they should.
    pub stands: Option<(String, i64)>,
    /// What it is to say.
    pub status: Status,
    /// What the root is to be told in an event.
    pub notice: Option<Notice>,
}

/// A Kubernetes event on the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is broken now.
    Blamed,
    /// It is well again.
    Recovered,
}

/// How an order went.
#[derive(Debug)]
pub struct Outcome {
    /// The order, for what comes next.
    pub order: Order,
    /// What came of it.
    pub result: Result<Done, Refusal>,
}

/// What was done.
#[derive(Debug)]
pub enum Done {
    /// The report stands, as this version.
    Put {
        /// Its UID.
        uid: String,
        /// Its resource version.
        resource_version: String,
        /// Its generation.
        generation: i64,
        /// What it says.
        status: Arc<Status>,
    },
    /// It is gone.
    Removed,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Refusal {
    /// Why, in one word.
    pub reason: Reason,
    /// What the API server said.
    pub message: String,
}

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The CRD is not installed.
    NoCrd,
    /// The namespace is gone.
    NoNamespace,
    /// The report is gone.
    Vanished,
    /// Somebody else changed it, or it is another object by now.
    Conflict,
    /// The right to do it is missing.
    Forbidden,
    /// A quota, a policy or a namespace that is being deleted refuses it.
    Denied,
    /// The server's CRD does not take it.
    Invalid,
    /// It is too large.
    TooLarge,
    /// The server is busy, full, or not there.
    Unavailable,
    /// Another instance leads.
    NotLeading,
}

impl Reason {
    /// The word as it stands in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCrd => "no_crd",
            Self::NoNamespace => "no_namespace",
            Self::Vanished => "vanished",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::Unavailable => "unavailable",
            Self::NotLeading => "not_leading",
        }
    }

    /// Whether every other write would meet the same.
    #[must_use]
    pub const fn concerns_all(self) -> bool {
        matches!(self, Self::NoCrd | Self::Forbidden | Self::Unavailable | Self::NotLeading)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoCrd => "the CRD blamereports.kubeblame.dev is not installed",
            Self::NoNamespace => "the namespace is gone",
            Self::Vanished => "the report is gone",
            Self::Conflict => "the report was changed meanwhile",
            Self::Forbidden => "not allowed",
            Self::Denied => "refused by a quota, a policy or the namespace's deletion",
            Self::Invalid => "not accepted by the installed CRD",
            Self::TooLarge => "too large",
            Self::Unavailable => "the API server cannot take it now",
            Self::NotLeading => "another instance leads",
        })
    }
}
