//! The pure tier: no cluster, no clock, no network.

mod again;
mod impact;
mod order;
mod properties;
mod recorded;
mod replay;
mod stories;
mod story;
mod tidy;
