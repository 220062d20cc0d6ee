//! The plugin tier: what the plugin prints.

mod command;
mod live;
mod render;
mod server;
