//! The first judgement of a root after a start, which may know less than what stands.

use crate::publish::changed::{Difference, has_moved, has_same_counts};
use crate::report::Status;

/// What was judged first after the start.
#[derive(Debug)]
pub(super) enum First {
    /// Nothing yet.
    Awaited,
    /// This, which has fewer details than what stands: as long as nothing happens,
    /// what stands is left as it is.
    Poorer(Box<Status>),
    /// Nothing that matters any more.
    Past,
}

impl First {
    /// Whether `status` differs from what stands only by what a restart forgot.
    pub(super) fn excuses(
        &mut self,
        stands: Option<&Status>,
        status: &Status,
        differs: Difference,
    ) -> bool {
        let is_poorer = match self {
            Self::Awaited => {
                differs == Difference::Details
                    && stands.is_some_and(|stands| has_same_counts(stands, status))
            }
            Self::Poorer(first) => !has_moved(first, status),
            Self::Past => false,
        };
        match self {
            Self::Awaited if is_poorer => *self = Self::Poorer(Box::new(status.clone())),
            Self::Poorer(_) if is_poorer => {}
            _ => *self = Self::Past,
        }
        is_poorer
    }
}
