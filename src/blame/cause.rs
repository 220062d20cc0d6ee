//! *Candidates*: the changes that may have broken a step, each from its own source.
//!
//! Each file in `cause/` is one source of changes. It offers what an input of the
//! failed step changed from and to, when, by whom, and how well that explains the
//! failure; it never decides. A new kind of influence is one file and one line here.

mod absent;
mod account;
mod admission;
mod admitted;
mod config;
mod conflict;
mod direct_edit;
mod gate;
mod gated;
mod image_digest;
mod injector;
mod node;
mod outside;
mod pull_secret;
mod registry;
mod revision;
mod scheduling;
mod termination;
mod volume;

pub(super) use scheduling::preemptor;

use super::scene::Scene;
use super::step::Weight;
use super::symptom::Symptom;
use crate::report::{Author, CauseClass, Evidence, FieldChange, ObjectRef, Trigger};
use jiff::Timestamp;

/// One symptom to be judged, in its scene and beside all the others.
#[derive(Clone, Copy)]
pub(super) struct Case<'s, 'g> {
    pub(super) scene: &'s Scene<'g>,
    pub(super) symptom: &'s Symptom<'g>,
    pub(super) all: &'s [Symptom<'g>],
}

/// What speaks for or against a candidate besides its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// A well peer has the change, or a failing one lacks it.
    Refuted,
    /// Only the time speaks for it.
    TimeOnly,
    /// Nothing speaks against it.
    Open,
    /// A peer without the change is well, or the cluster itself says so.
    Supported,
}

/// One change that may be the cause.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) class: CauseClass,
    pub(super) object: Option<ObjectRef>,
    pub(super) revision: Option<i64>,
    pub(super) generation: Option<i64>,
    /// The changes that explain first.
    pub(super) changes: Vec<FieldChange>,
    pub(super) weight: Weight,
    pub(super) proof: Proof,
    /// Whether what is known leaves another story open, so that it is never Certain.
    pub(super) is_doubtful: bool,
    pub(super) by: Option<Author>,
    pub(super) time: Option<Timestamp>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) evidence: Vec<Evidence>,
    /// The cause in a few words: `image busybox:v1 → busybox:v2`.
    pub(super) what: String,
    /// The trigger, where this cause determines it.
    pub(super) trigger: Option<Trigger>,
    pub(super) remedy: Option<String>,
}

impl Candidate {
    /// A candidate of which only class and object are known yet.
    pub(super) fn new(class: CauseClass, object: Option<ObjectRef>) -> Self {
        Self {
            class,
            object,
            revision: None,
            generation: None,
            changes: Vec::new(),
            weight: Weight::Reads,
            proof: Proof::Open,
            is_doubtful: false,
            by: None,
            time: None,
            not_before: None,
            evidence: Vec::new(),
            what: String::new(),
            trigger: None,
            remedy: None,
        }
    }

    /// How it ranks among others: what is proved, then what explains, then what is near.
    pub(super) fn rank(&self) -> (Proof, Weight) {
        (self.proof, self.weight)
    }
}

type Source = for<'s, 'g> fn(&Case<'s, 'g>) -> Vec<Candidate>;

/// Every source of changes.
const SOURCES: &[Source] = &[
    absent::changes,
    account::changes,
    admission::changes,
    admitted::changes,
    config::changes,
    conflict::changes,
    direct_edit::changes,
    gate::changes,
    gated::changes,
    image_digest::changes,
    injector::changes,
    node::changes,
    outside::changes,
    pull_secret::changes,
    registry::changes,
    revision::changes,
    scheduling::changes,
    termination::changes,
    volume::changes,
];

/// Every change that may have caused a symptom, the best first.
pub(super) fn candidates(case: &Case<'_, '_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = SOURCES.iter().flat_map(|source| source(case)).collect();
    found.retain(|c| c.weight != Weight::None && c.proof != Proof::Refuted);
    found.sort_by(|a, b| {
        b.rank()
            .cmp(&a.rank())
            .then_with(|| (a.class, &a.object, b.revision).cmp(&(b.class, &b.object, a.revision)))
    });
    found
}
