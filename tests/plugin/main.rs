//! The plugin tier: what the plugin prints.

mod command;
mod render;
