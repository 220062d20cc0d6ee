//! Columns as kubectl prints them: three spaces apart, the last one cut where the terminal ends.
//! Where the others leave it too little room it stands below them.

use super::Look;
use super::text::{Text, Tone, fitting, shown};
use std::io::{self, Write};

/// How far columns stand apart.
const GAP: usize = 3;
/// How far the last column is indented where it stands below the others.
const INDENT: usize = 2;
/// The least room beside the others of a last column that stays on the screen.
pub(in crate::plugin) const MIN_LAST: usize = 24;

/// One cell.
pub(in crate::plugin) type Cell = (Tone, String);

/// Writes a header and rows; the last column stands below where less than `min_last` is left.
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
    let widths: Vec<usize> = (0..header.len().saturating_sub(1))
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0))
        .collect();
    let used: usize = widths.iter().map(|width| width + GAP).sum();
    let beside = look.width.map(|width| width.saturating_sub(used));
    let is_below = beside.is_some_and(|room| room < min_last);
    let room = if is_below { look.width.map(|w| w.saturating_sub(INDENT)) } else { beside };
    for row in all {
        let Some(((tone, last), first)) = row.split_last() else { continue };
        let mut line = Text::default();
        for (cell, column) in first.iter().zip(&widths) {
            let pad = column.saturating_sub(width(cell)) + GAP;
            line = line.and(cell.0, &cell.1).and(Tone::Plain, " ".repeat(pad));
        }
        let last = cut(last, room.map(|room| room.max(min_last)), look);
        let lines = if is_below {
            let indent = Text::plain(" ".repeat(INDENT));
            vec![line, indent.and(*tone, last)]
        } else {
            vec![line.and(*tone, last)]
        };
        for line in lines.iter().flat_map(|line| line.lines(look, None)) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// Cuts the last cell of a row where the terminal ends.
fn cut(text: &str, room: Option<usize>, look: &Look) -> String {
    let text = shown(&crate::observe::clean(text), look);
    let ellipsis = if look.ascii { "..." } else { "…" };
    match room {
        Some(room) if fitting(&text, room) < text.len() => {
            let keep = room - ellipsis.chars().count();
            format!("{}{ellipsis}", text[..fitting(&text, keep)].trim_end())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: Option<usize>) -> String {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let look = Look { now, width, colour: false, ascii: false };
        let row = ["deployment/web", "Failing", "revision 2 broke 2 of 2 pods"];
        let row = row.map(|text| (Tone::Plain, text.to_owned())).to_vec();
        let mut out = Vec::new();
        write(&mut out, &["NAME", "VERDICT", "WHY"], &[row], MIN_LAST, &look).expect("it writes");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_last_column_is_cut_and_stands_below_where_little_is_left() {
        let lines = |width| written(width).lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(None)[1], "deployment/web   Failing   revision 2 broke 2 of 2 pods");
        assert_eq!(lines(Some(52))[1], "deployment/web   Failing   revision 2 broke 2 of 2…");
        assert_eq!(
            lines(Some(40)),
            [
                "NAME             VERDICT",
                "  WHY",
                "deployment/web   Failing",
                "  revision 2 broke 2 of 2 pods",
            ]
        );
    }
}
