//! Columns as kubectl prints them: three spaces apart, the last one cut or wrapped where the
//! terminal ends. Where the others leave it too little room it stands below them.

use super::Look;
use super::text::{Text, Tone, fitting, shown};
use std::io::{self, Write};

/// How far columns stand apart.
const GAP: usize = 3;
/// How far the last column is indented where it stands below the others.
const INDENT: usize = 2;
/// The least room beside the others of a last column that stays on the screen.
pub(in crate::plugin) const MIN_LAST: usize = 24;

/// Of how many rows at most the last column is wrapped: what is looked over has to stay short.
const MAX_WRAPPED: usize = 20;

/// What becomes of a last column that is longer than the terminal is wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Last {
    /// It is cut.
    Cut,
    /// It goes on below itself, where there are few rows.
    Wrapped,
}

/// One cell.
pub(in crate::plugin) type Cell = (Tone, String);

/// Writes a header and rows; the last column stands below where less than `min_last` is left.
pub(in crate::plugin) fn write(
    out: &mut impl Write,
    header: &[&str],
    rows: &[Vec<Cell>],
    min_last: usize,
    last: Last,
    look: &Look,
) -> io::Result<()> {
    let is_wrapped = last == Last::Wrapped && rows.len() <= MAX_WRAPPED;
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
        let room = room.map(|room| room.max(min_last));
        let indent = if is_below { INDENT } else { used };
        let mut last = if is_wrapped {
            Text::default().and(*tone, last).lines(look, room)
        } else {
            Text::default().and(*tone, cut(last, room, look)).lines(look, None)
        }
        .into_iter();
        let first = line.line(look);
        if is_below {
            writeln!(out, "{}", first.trim_end())?;
        } else {
            writeln!(out, "{}", (first + &last.next().unwrap_or_default()).trim_end())?;
        }
        for line in last {
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
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

    fn written(width: Option<usize>, last: Last) -> String {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let look = Look { now, width, colour: false, ascii: false };
        let row = ["deployment/web", "Failing", "revision 2 broke 2 of 2 pods"];
        let row = row.map(|text| (Tone::Plain, text.to_owned())).to_vec();
        let mut out = Vec::new();
        write(&mut out, &["NAME", "VERDICT", "WHY"], &[row], MIN_LAST, last, &look)
            .expect("it writes");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_last_column_is_cut_and_stands_below_where_little_is_left() {
        let lines =
            |width| written(width, Last::Cut).lines().map(str::to_owned).collect::<Vec<_>>();
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

    #[test]
    fn a_last_column_that_is_wrapped_goes_on_below_itself() {
        let said = written(Some(52), Last::Wrapped);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(
            lines,
            [
                "NAME             VERDICT   WHY",
                "deployment/web   Failing   revision 2 broke 2 of 2",
                "                           pods",
            ]
        );
    }
}
