//! A tree of texts, drawn with lines between them.

use super::Look;
use super::text::Text;
use std::io::{self, Write};

/// One node: a line, notes below it, and children.
#[derive(Clone, Debug, Default)]
pub(in crate::plugin) struct Node {
    pub(in crate::plugin) text: Text,
    pub(in crate::plugin) notes: Vec<Text>,
    pub(in crate::plugin) children: Vec<Node>,
}

impl Node {
    pub(in crate::plugin) fn leaf(text: Text) -> Self {
        Self { text, ..Self::default() }
    }
}

/// The characters a tree is drawn with; all are as wide as each other.
struct Lines {
    branch: &'static str,
    last: &'static str,
    pass: &'static str,
    note: &'static str,
    none: &'static str,
}

const BOXES: Lines =
    Lines { branch: "├─ ", last: "└─ ", pass: "│  ", note: "│ ", none: "   " };
const ASCII: Lines = Lines { branch: "|- ", last: "`- ", pass: "|  ", note: "| ", none: "   " };

/// Draws a tree.
pub(in crate::plugin) fn write(out: &mut impl Write, root: &Node, look: &Look) -> io::Result<()> {
    node(out, root, "", "", look)
}

/// Draws a node: `first` stands before its line, `rest` before everything below it.
fn node(out: &mut impl Write, it: &Node, first: &str, rest: &str, look: &Look) -> io::Result<()> {
    let lines = if look.ascii { &ASCII } else { &BOXES };
    let below = if it.children.is_empty() { "  " } else { lines.note };
    // What wraps must not look like a note.
    let indent = if it.notes.is_empty() { "" } else { "  " };
    wrapped(out, &it.text, first, &format!("{rest}{below}{indent}"), look)?;
    for note in &it.notes {
        wrapped(out, note, &format!("{rest}{below}"), &format!("{rest}{below}  "), look)?;
    }
    for (index, child) in it.children.iter().enumerate() {
        let is_last = index + 1 == it.children.len();
        let (start, pass) =
            if is_last { (lines.last, lines.none) } else { (lines.branch, lines.pass) };
        node(out, child, &format!("{rest}{start}"), &format!("{rest}{pass}"), look)?;
    }
    Ok(())
}

/// Writes a text, wrapped where the terminal ends; what wraps is indented by `rest`.
pub(in crate::plugin) fn wrapped(
    out: &mut impl Write,
    text: &Text,
    first: &str,
    rest: &str,
    look: &Look,
) -> io::Result<()> {
    let columns = first.chars().count().max(rest.chars().count());
    let room = look.width.map(|width| width.saturating_sub(columns));
    for (index, line) in text.lines(look, room).iter().enumerate() {
        let line = format!("{}{line}", if index == 0 { first } else { rest });
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
