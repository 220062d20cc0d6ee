//! What the terminal can show.

use super::args::{Charset, Common, When};
use super::render::Look;
use anstream::{AutoStream, ColorChoice};
use jiff::Timestamp;
use std::io::{self, IsTerminal};

/// How to draw on this terminal, or into this file.
pub(super) fn look(common: &Common) -> Look {
    let stdout = io::stdout();
    let on_terminal = stdout.is_terminal();
    let colour = match common.color {
        When::Always => true,
        When::Never => false,
        // Knows NO_COLOR, CLICOLOR, TERM=dumb and the terminals of Windows.
        When::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
    };
    let ascii = match common.charset {
        Charset::Unicode => false,
        Charset::Ascii => true,
        Charset::Auto => !on_terminal || !has_boxes(|name| std::env::var(name).ok()),
    };
    let width = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
    Look { now: clock(), width, colour, ascii }
}

/// Whether what stands on it can be drawn over.
pub(super) fn can_redraw() -> bool {
    io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// How many lines the terminal has.
pub(super) fn height() -> Option<usize> {
    let (_, height) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(height.0))
}

/// The wall clock; files bring their own.
fn clock() -> Timestamp {
    Timestamp::now()
}

/// Whether the locale has box characters; the first variable that is set decides, as in POSIX.
fn has_boxes(variable: impl Fn(&str) -> Option<String>) -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::has_boxes;

    #[test]
    #[cfg(not(any(windows, target_os = "macos")))]
    fn the_first_variable_that_is_set_decides() {
        let locale = |all: &'static str, lang: &'static str| {
            move |name: &str| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            }
        };
        assert!(has_boxes(locale("", "en_US.UTF-8")));
        assert!(has_boxes(locale("C.utf8", "C")));
        assert!(!has_boxes(locale("C", "en_US.UTF-8")));
        assert!(!has_boxes(locale("", "")));
    }
}
