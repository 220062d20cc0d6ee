//! From a report to text for people.
//!
//! The two transcripts and the list. First what is wrong, then which change, by
//! whom, when, and what to do. A parent's message is not repeated by its
//! children, equal siblings are folded, and what is not known is said to be
//! unknown. Everything is written to a given writer; width, colour, characters
//! and the clock are given too. Text from the cluster is made safe again here: a
//! report may come from an API that someone else writes to.

pub(super) mod age;
pub(super) mod change;
pub(super) mod columns;
mod footer;
mod list;
pub(super) mod pod;
mod pods;
mod root;
mod shared;
pub(super) mod text;
pub(super) mod tree;
pub(super) mod words;

pub use footer::log_of;
pub use list::list;
pub use pod::pod;
pub use root::root;

use jiff::Timestamp;

/// How to draw.
#[derive(Clone, Debug)]
pub struct Look {
    /// The clock against which ages are told.
    pub now: Timestamp,
    /// Where lines are to wrap; `None` where they need not.
    pub width: Option<usize>,
    /// Whether to colour.
    pub colour: bool,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
}
