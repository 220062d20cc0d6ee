//! The table on a terminal, drawn again in place.

use super::super::judge::{Standing, State};
use super::tone;
use crate::observe::clean;
use crate::plugin::render::text::Tone;
use crate::plugin::render::{Look, age, columns};
use jiff::Timestamp;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// How many rows a table has at most; the rest is counted.
const MAX_ROWS: usize = 20;
/// The lines of a terminal that are no rows: the header, the count, and where the cursor is.
const OTHER_LINES: usize = 3;

/// The least room of the last column: a line that wraps makes a table that jumps.
const MIN_LAST: usize = 8;

/// Below this width the ages give way to the words.
const NARROW: usize = 80;
/// Which column has the ages.
const AGE: usize = 3;

/// One object of the table.
pub(super) struct Row<'s> {
    pub(super) name: String,
    pub(super) standing: &'s Standing,
    pub(super) changed: Option<Timestamp>,
}

/// Draws the table, what is wrong on top, no longer than the terminal is high.
pub(super) fn drawn(rows: &[Row<'_>], look: &Look, height: Option<usize>) -> io::Result<String> {
    let mut order: Vec<&Row<'_>> = rows.iter().collect();
    order.sort_by_key(|row| rank(row.standing.state));
    let room =
        height.map_or(MAX_ROWS, |lines| lines.saturating_sub(OTHER_LINES).clamp(1, MAX_ROWS));
    let is_narrow = look.width.is_some_and(|width| width < NARROW);
    let mut header = vec!["NAME", "STATE", "READY", "FOR", "WHAT"];
    if is_narrow {
        header.remove(AGE);
    }
    let cells: Vec<Vec<columns::Cell>> = order
        .iter()
        .take(room)
        .map(|row| {
            let standing = row.standing;
            let since = row.changed.map(|at| age::age(at.into(), look.now)).unwrap_or_default();
            let mut cells = vec![
                (Tone::Name, row.name.clone()),
                (tone(standing.state), standing.state.word().to_owned()),
                (Tone::Plain, standing.ready.clone().unwrap_or_else(|| "-".to_owned())),
                (Tone::Plain, since),
                (Tone::Plain, standing.what.clone()),
            ];
            if is_narrow {
                cells.remove(AGE);
            }
            cells
        })
        .collect();
    let mut screen = Vec::new();
    columns::write(&mut screen, &header, &cells, MIN_LAST, columns::Last::Cut, look)?;
    let hidden = order.get(room..).unwrap_or_default();
    if !hidden.is_empty() {
        let well = hidden.iter().filter(|row| row.standing.state == State::Healthy).count();
        writeln!(screen, "and {} more, {well} of them healthy", hidden.len())?;
    }
    Ok(String::from_utf8_lossy(&screen).into_owned())
}

/// What is wrong comes first, what is done last.
fn rank(state: State) -> u8 {
    match state {
        State::Failed => 0,
        State::Troubled => 1,
        State::Progressing => 2,
        State::Absent => 3,
        State::Settling => 4,
        State::Healthy => 5,
    }
}

/// What stands on the terminal, to be drawn over.
#[derive(Default)]
pub(super) struct Screen {
    /// The widths of its lines.
    lines: Vec<usize>,
}

impl Screen {
    /// Draws over what stood there.
    pub(super) fn draw(
        &mut self,
        out: &mut impl Write,
        text: &str,
        width: Option<usize>,
    ) -> io::Result<()> {
        let up = self.height(width);
        if up > 0 {
            write!(out, "\u{1b}[{up}A\u{1b}[J")?;
        }
        self.lines = text.lines().map(|line| clean(line).width()).collect();
        out.write_all(text.as_bytes())
    }

    /// What stands there stays.
    pub(super) fn keep(&mut self) {
        self.lines.clear();
    }

    /// How many lines of the terminal it takes: one that got narrower wraps what stands there.
    fn height(&self, width: Option<usize>) -> usize {
        let width = width.unwrap_or(usize::MAX).max(1);
        self.lines.iter().map(|line| line.div_ceil(width).max(1)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Look {
        let now = "2026-11-21T07:03:44Z".parse().expect("a time");
        Look { now, width: Some(width), colour: false, ascii: false }
    }

    fn standings() -> Vec<(&'static str, Standing)> {
        let of = |state, ready: Option<&str>, what: &str| Standing {
            state,
            ready: ready.map(str::to_owned),
            what: what.to_owned(),
        };
        vec![
            ("deployment/web", of(State::Settling, Some("3/3"), "ready; watched for 8s more")),
            ("job/migrate", of(State::Healthy, None, "the Job is complete")),
            (
                "statefulset/データベース",
                of(
                    State::Troubled,
                    Some("0/1"),
                    "revision 2 (image db:v1 → db:v2) broke 1 of 1 pods",
                ),
            ),
            ("configmap/settings", of(State::Absent, None, "does not exist yet")),
        ]
    }

    fn table(look: &Look, height: Option<usize>) -> String {
        let standings = standings();
        let changed = "2026-11-21T07:03:00Z".parse().ok();
        let rows: Vec<Row<'_>> = standings
            .iter()
            .map(|(name, standing)| Row { name: (*name).to_owned(), standing, changed })
            .collect();
        drawn(&rows, look, height).expect("memory takes all")
    }

    #[test]
    fn tables() {
        let ascii = Look { ascii: true, ..look(90) };
        let colour = Look { colour: true, ..look(120) };
        let all = [
            ("wide", table(&look(120), None)),
            ("narrow", table(&look(60), None)),
            ("ascii", table(&ascii, None)),
            ("low", table(&look(80), Some(5))),
            ("colour", table(&colour, None).replace('\u{1b}', "␛")),
        ];
        let all: Vec<String> =
            all.into_iter().map(|(name, text)| format!("# {name}\n{text}")).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_terminal_that_got_narrower_is_drawn_over_whole() {
        let mut screen = Screen::default();
        let mut out = Vec::new();
        screen.draw(&mut out, &("x".repeat(50) + "\nshort\n"), Some(80)).expect("memory");
        assert_eq!(screen.height(Some(80)), 2);
        assert_eq!(screen.height(Some(30)), 3);
        out.clear();
        screen.draw(&mut out, "new\n", Some(30)).expect("memory");
        assert!(out.starts_with(b"\x1b[3A\x1b[J"), "{out:?}");
    }
}
