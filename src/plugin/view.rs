//! An answer that is shown again and again: redrawn on a terminal, appended otherwise.

use super::args::{Common, Output};
use super::failure::Failure;
use super::find::Found;
use super::live::note;
use super::render::Look;
use super::{output, terminal};
use crate::observe::clean;
use crate::report::Verdict;
use jiff::Timestamp;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// What is on the screen, or was last written.
#[derive(Default)]
pub(super) struct View {
    said: String,
    last: Vec<(String, Verdict, String)>,
    has_written: bool,
}

impl View {
    /// Says a message once.
    pub(super) fn say(&mut self, message: &str) {
        if message != self.said {
            message.lines().for_each(note);
            message.clone_into(&mut self.said);
        }
    }

    pub(super) fn show(
        &mut self,
        common: &Common,
        found: &[Found],
        look: &Look,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        if common.output == Output::Tree && terminal::can_redraw() {
            // The terminal may have been resized.
            let look = Look { width: terminal::look(common).width, ..look.clone() };
            let mut screen = Vec::new();
            output::found(&mut screen, found, &common.output, &look)?;
            // Home, then clear what is below: no flicker.
            write!(out, "\u{1b}[H\u{1b}[J")?;
            out.write_all(
                fitting(&String::from_utf8_lossy(&screen), terminal::height(), look.width)
                    .as_bytes(),
            )?;
            out.flush()?;
            return Ok(());
        }
        self.append(common, found, look, out)
    }

    /// Appends what has a new meaning.
    fn append(
        &mut self,
        common: &Common,
        found: &[Found],
        look: &Look,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        for one in found {
            let Some(status) = &one.report.status else { continue };
            let key = format!("{}/{:?}", one.report.metadata.name, one.pod);
            let cause =
                status.findings.first().map(|f| f.cause.summary.clone()).unwrap_or_default();
            let now = (key, status.verdict, cause);
            if self.last.contains(&now) {
                continue;
            }
            self.last.retain(|(key, ..)| *key != now.0);
            self.last.push(now);
            if common.output == Output::Tree {
                if self.has_written {
                    writeln!(out)?;
                }
                writeln!(out, "# {}", stamp(look.now))?;
                self.has_written = true;
            }
            output::found(out, std::slice::from_ref(one), &common.output, look)?;
            out.flush()?;
        }
        Ok(())
    }
}

/// As many lines as the terminal has; what is cut is counted, or the top would scroll away.
fn fitting(screen: &str, height: Option<usize>, width: Option<usize>) -> String {
    let lines: Vec<&str> = screen.lines().collect();
    // What is not to be wrapped here is by the terminal.
    let rows =
        |line: &&str| width.map_or(1, |width| clean(line).width().div_ceil(width.max(1)).max(1));
    let Some(mut room) = height.map(|height| height.saturating_sub(2)) else {
        return screen.to_owned();
    };
    if lines.iter().map(rows).sum::<usize>() <= room {
        return screen.to_owned();
    }
    let fits = |line: &&&str| {
        let left = room.checked_sub(rows(line));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let shown: Vec<&str> = lines.iter().take_while(fits).copied().collect();
    let more = lines.len() - shown.len();
    format!("{}\nand {more} more lines do not fit\n", shown.join("\n"))
}

/// A time in whole seconds.
fn stamp(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fitting("a\nb\nc\n", Some(5), None), "a\nb\nc\n");
        assert_eq!(fitting("a\nb\nc\nd\n", Some(4), None), "a\nb\nand 2 more lines do not fit\n");
        assert_eq!(fitting("a\n", None, None), "a\n");
        // A line that the terminal wraps takes two of its lines.
        assert_eq!(
            fitting("a\nlong\nb\n", Some(5), Some(3)),
            "a\nlong\nand 1 more lines do not fit\n"
        );
    }
}
