//! One line of styled text, its width, and how it wraps.

use super::Look;
use crate::observe::clean;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The least room a wrapped line gets, however narrow the terminal.
const MIN_ROOM: usize = 20;

/// What a piece of text means; the colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Tone {
    Plain,
    /// The name of what is spoken of.
    Name,
    /// Wrong.
    Bad,
    /// Perhaps wrong, or not known.
    Unsure,
    /// Well.
    Good,
    /// A change, or who made it.
    Change,
    /// What can be skipped.
    Aside,
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Name => Style::new().bold(),
            Self::Bad => colour(AnsiColor::Red).bold(),
            Self::Unsure => colour(AnsiColor::Yellow),
            Self::Good => colour(AnsiColor::Green),
            Self::Change => colour(AnsiColor::Cyan),
            Self::Aside => Style::new().dimmed(),
        }
    }
}

/// One line of styled text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::plugin) struct Text(Vec<(Tone, String)>);

impl Text {
    /// Unstyled text.
    pub(in crate::plugin) fn plain(text: impl AsRef<str>) -> Self {
        Self::default().and(Tone::Plain, text)
    }

    /// Adds a piece, made safe to show.
    pub(in crate::plugin) fn and(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        let text = clean(text.as_ref());
        if !text.is_empty() {
            self.0.push((tone, text.into_owned()));
        }
        self
    }

    /// Adds another text.
    pub(in crate::plugin) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The text without its styles.
    pub(in crate::plugin) fn to_plain(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    pub(in crate::plugin) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many columns it takes.
    pub(in crate::plugin) fn width(&self, look: &Look) -> usize {
        self.0.iter().map(|(_, text)| shown(text, look).width()).sum()
    }

    /// The lines it takes in `room` columns, each ready to print.
    pub(in crate::plugin) fn lines(&self, look: &Look, room: Option<usize>) -> Vec<String> {
        let Some(room) = room.map(|room| room.max(MIN_ROOM)) else { return vec![self.line(look)] };
        let mut lines = Wrap { look, room, done: vec![String::new()], used: 0 };
        let mut word: Vec<(Tone, String)> = Vec::new();
        for (tone, text) in &self.0 {
            // A word may consist of pieces; it ends with its spaces.
            for piece in shown(text, look).split_inclusive(' ') {
                word.push((*tone, piece.to_owned()));
                if piece.ends_with(' ') {
                    lines.word(&word);
                    word.clear();
                }
            }
        }
        lines.word(&word);
        lines.done.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The one line it is where it does not wrap.
    pub(in crate::plugin) fn line(&self, look: &Look) -> String {
        self.0.iter().fold(String::new(), |mut line, (tone, text)| {
            styled(&mut line, *tone, &shown(text, look), look);
            line
        })
    }
}

/// The lines of a text while it wraps.
struct Wrap<'l> {
    look: &'l Look,
    room: usize,
    done: Vec<String>,
    used: usize,
}

impl Wrap<'_> {
    fn word(&mut self, pieces: &[(Tone, String)]) {
        let word: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
        if self.used > 0 && self.used + word.trim_end().width() > self.room {
            self.next_line();
        }
        for (tone, piece) in pieces {
            // A word that no line can hold is cut where the line ends.
            let mut rest = piece.as_str();
            while rest.trim_end().width() > self.room - self.used {
                let end = fitting(rest, self.room - self.used);
                self.push(*tone, &rest[..end]);
                rest = &rest[end..];
                self.next_line();
            }
            self.push(*tone, rest);
        }
    }

    fn next_line(&mut self) {
        self.done.push(String::new());
        self.used = 0;
    }

    fn push(&mut self, tone: Tone, text: &str) {
        if let Some(line) = self.done.last_mut() {
            styled(line, tone, text, self.look);
            // The spaces behind a line's last word may stand over its end.
            self.used = (self.used + text.width()).min(self.room);
        }
    }
}

/// How many bytes of a text fit into `room` columns; at least one character.
pub(in crate::plugin) fn fitting(text: &str, room: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > room && at > 0 {
            return at;
        }
    }
    text.len()
}

/// A text with its signs in ASCII where only that is drawn with. Letters stay as they are: a log
/// that goes to a file must not lose its words, and kubectl sends them as they are, too.
pub(in crate::plugin) fn shown(text: &str, look: &Look) -> String {
    if !look.ascii || text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            '–' | '—' => out.push('-'),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '×' => out.push('x'),
            '“' | '”' => out.push('"'),
            '‘' | '’' => out.push('\''),
            c => out.push(c),
        }
    }
    out
}

fn styled(line: &mut String, tone: Tone, text: &str, look: &Look) {
    let style = tone.style();
    if look.colour && style != Style::new() && !text.is_empty() {
        // Spaces at a line's end stay outside of the style, to be trimmed there.
        let word = text.trim_end();
        let spaces = &text[word.len()..];
        // Writing to a string cannot fail.
        let _ = write!(line, "{style}{word}{style:#}{spaces}");
    } else {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Look {
        Look { now: jiff::Timestamp::UNIX_EPOCH, width: Some(width), colour: false, ascii: false }
    }

    #[test]
    fn lines_wrap_at_words_and_long_words_are_cut() {
        let text = Text::plain("one two three four five six");
        assert_eq!(text.lines(&look(20), Some(20)), ["one two three four", "five six"]);
        let text = Text::plain("a registry.example.com/team/image:v1");
        assert_eq!(
            text.lines(&look(20), Some(20)),
            ["a", "registry.example.com", "/team/image:v1"]
        );
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let text = Text::plain("日本語日本語日本語日本語");
        assert_eq!(text.width(&look(20)), 24);
        assert_eq!(text.lines(&look(20), Some(20)), ["日本語日本語日本語日", "本語"]);
    }

    #[test]
    fn signs_become_ascii_and_letters_stay() {
        let ascii = Look { ascii: true, ..look(80) };
        assert_eq!(Text::plain("a → b … 日").lines(&ascii, None), ["a -> b ... 日"]);
        assert_eq!(Text::plain("a\u{1b}[2Jb\u{202e}").lines(&ascii, None), ["ab"]);
    }
}
