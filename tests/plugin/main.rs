//! The plugin tier: what the plugin prints.

mod answers;
mod command;
#[cfg(unix)]
mod ended;
mod input;
mod kinds;
#[cfg(unix)]
mod krew;
mod live;
mod render;
mod server;
#[cfg(unix)]
mod shells;
mod stored;
#[cfg(unix)]
mod watching;
