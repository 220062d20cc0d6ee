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
#[cfg(unix)]
mod outages;
mod render;
mod running;
mod server;
#[cfg(unix)]
mod shells;
mod shop;
mod stored;
#[cfg(unix)]
mod waiting;
#[cfg(unix)]
mod watching;
