//! Columns as kubectl prints them: three spaces apart, the last one cut where the terminal ends.

use super::Look;
use super::text::{Text, Tone, fitting, shown};
use std::io::{self, Write};

/// How far columns stand apart.
const GAP: usize = 3;
/// The least room the last column gets of what stays on the screen, however narrow the terminal.
pub(in crate::plugin) const MIN_LAST: usize = 24;

/// One cell.
pub(in crate::plugin) type Cell = (Tone, String);

/// Writes a header and rows; the last column gets at least `min_last` columns.
pub(in crate::plugin) fn write(
    out: &mut impl Write,
    header: &[&str],
    rows: &[Vec<Cell>],
    min_last: usize,
    look: &Look,
) -> io::Result<()> {
    let header: Vec<Cell> = header.iter().map(|text| (Tone::Plain, (*text).to_owned())).collect();
    let all: Vec<&Vec<Cell>> = std::iter::once(&header).chain(rows).collect();
    let width = |cell: &Cell| Text::default().and(cell.0, &cell.1).width(look);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0))
        .collect();
    for row in all {
        let (mut line, mut used) = (Text::default(), 0);
        for (column, cell) in row.iter().enumerate() {
            let is_last = column + 1 == row.len();
            let text = cut(
                &cell.1,
                look.width.map(|w| w.saturating_sub(used).max(min_last)),
                is_last,
                look,
            );
            let taken = width(&(cell.0, text.clone()));
            line = line.and(cell.0, text);
            if !is_last {
                let pad = widths[column].saturating_sub(taken) + GAP;
                line = line.and(Tone::Plain, " ".repeat(pad));
                used += taken + pad;
            }
        }
        for line in line.lines(look, None) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// Cuts the last cell of a row where the terminal ends.
fn cut(text: &str, room: Option<usize>, is_last: bool, look: &Look) -> String {
    let text = shown(&crate::observe::clean(text), look);
    let ellipsis = if look.ascii { "..." } else { "…" };
    match room.filter(|_| is_last) {
        Some(room) if fitting(&text, room) < text.len() => {
            let keep = room - ellipsis.chars().count();
            format!("{}{ellipsis}", text[..fitting(&text, keep)].trim_end())
        }
        _ => text,
    }
}
