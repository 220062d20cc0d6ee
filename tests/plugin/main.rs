//! The plugin tier: what the plugin prints.

mod answers;
mod command;
#[cfg(unix)]
mod krew;
mod live;
mod render;
mod server;
