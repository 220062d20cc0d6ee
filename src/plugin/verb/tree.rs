//! `kubectl blame tree`: what an object made, by owner references, with readiness and age.
//!
//! What a workload of Kubernetes makes is known, so that costs a list or two of its own
//! labels. For any other kind, and with `--any-kind`, every kind of the namespace is
//! listed as metadata only, which leaves the objects themselves where they are.

mod below;

use super::Done;
use super::judged::{self, Source};
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::live::{note, until_interrupted};
use crate::plugin::offline::Stored;
use crate::plugin::output::write_value;
use crate::plugin::render::text::{Text, Tone};
use crate::plugin::render::tree::{self, Node};
use crate::plugin::render::{Look, age};
use below::{Family, Item};
use clap::Args;
use serde_json::{Value, json};
use std::io::Write;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame tree deploy/web
  kubectl blame tree certificate/shop          of a custom kind: descendants of every kind
  kubectl blame tree sts/db --any-kind
  kubectl blame tree -f dump.yaml deploy/web";

/// How many like siblings are shown before the rest is counted …
const MAX_LIKE: usize = 8;
/// … and how many then.
const SHOWN_LIKE: usize = 3;
/// How deep a tree goes; owner references that form a ring end too.
const MAX_DEPTH: usize = 16;

/// Arguments of `tree`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// Whose descendants to show: deploy/web, or deployment web
    #[arg(value_name = "KIND/NAME", required = true)]
    resource: Vec<String>,

    /// Look for descendants of every kind that the server has
    #[arg(long)]
    any_kind: bool,

    /// Show like siblings one by one
    #[arg(long)]
    full: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let (target, name) = judged::one(&arguments.resource)?;
    let (family, now) = if arguments.source.filename.is_empty() {
        until_interrupted(async {
            let (cluster, namespace, resource) = judged::connect(&target, common).await?;
            let family =
                Family::read(&cluster, &resource, &namespace, &name, arguments.any_kind).await?;
            Ok((family, cluster.now()))
        })?
    } else {
        let stored = Stored::read(&arguments.source.filename, arguments.source.now)?;
        let root = stored.named(&target.kind, &name, common.namespace.as_deref())?;
        (Family::stored(root, &stored.objects)?, stored.replay.now)
    };
    if !family.unreadable.is_empty() {
        let kinds = family.unreadable.join(", ");
        note(&format!("you may not list {kinds}: what is of these kinds is not shown"));
    }
    let look = Look { now, ..look.clone() };
    match &common.output {
        Output::Tree | Output::Wide => {
            let node = node(&family, &family.root, arguments.full, 0, &look);
            tree::write(out, &node, &look)?;
        }
        Output::Name => names(out, &family, &family.root, 0)?,
        form => write_value(out, &value(&family, &family.root, 0), form)?,
    }
    Ok(Done::WELL)
}

fn node(family: &Family, item: &Item, full: bool, depth: usize, look: &Look) -> Node {
    let mut text = Text::default().and(Tone::Name, format!("{} {}", item.kind, item.name));
    if let Some(made) = item.created {
        text = text.and(Tone::Aside, format!(": created {} ago", age::age(made.into(), look.now)));
    }
    if let Some((tone, state)) = item.shown() {
        text = text.and(Tone::Plain, " - ").and(tone, state);
    }
    let mut node = Node::leaf(text);
    if depth >= MAX_DEPTH {
        return node;
    }
    // Like siblings stand beside each other.
    let mut groups: Vec<Vec<&Item>> = Vec::new();
    for child in family.children(&item.uid) {
        let is_like = |other: &&Item| {
            other.kind == child.kind && other.state == child.state && other.is_good == child.is_good
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(is_like)) {
            Some(group) => group.push(child),
            None => groups.push(vec![child]),
        }
    }
    for group in groups {
        let shown = if full || group.len() <= MAX_LIKE { group.len() } else { SHOWN_LIKE };
        for child in group.iter().take(shown) {
            node.children.push(self::node(family, child, full, depth + 1, look));
        }
        if let (more @ 1.., Some(first)) = (group.len() - shown, group.first()) {
            let state = first.state.as_ref().map(|s| format!(", {s}")).unwrap_or_default();
            let words = format!("and {more} more {}s like it{state}", first.kind);
            node.children.push(Node::leaf(Text::default().and(Tone::Aside, words)));
        }
    }
    node
}

fn names(out: &mut impl Write, family: &Family, item: &Item, depth: usize) -> std::io::Result<()> {
    writeln!(out, "{}/{}", item.kind.to_lowercase(), item.name)?;
    if depth < MAX_DEPTH {
        for child in family.children(&item.uid) {
            names(out, family, child, depth + 1)?;
        }
    }
    Ok(())
}

fn value(family: &Family, item: &Item, depth: usize) -> Value {
    let mut value = json!({
        "apiVersion": item.api_version, "kind": item.kind, "name": item.name, "uid": item.uid,
    });
    if let Some(created) = item.created {
        value["createdAt"] = json!(created);
    }
    if let Some(state) = &item.state {
        value["state"] = json!(state);
    }
    let children: Vec<Value> = family
        .children(&item.uid)
        .filter(|_| depth < MAX_DEPTH)
        .map(|child| self::value(family, child, depth + 1))
        .collect();
    if !children.is_empty() {
        value["children"] = json!(children);
    }
    value
}
