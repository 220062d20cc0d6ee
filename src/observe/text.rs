//! Text from the cluster, made safe to show.

use std::borrow::Cow;

/// Removes terminal escapes, control characters and invisible direction marks.
///
/// Line breaks and tabs become a space: every text of a report is one line.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            // An escape sequence: ESC, an introducer, parameters, and one final letter.
            '\u{1b}' => {
                if rest.next_if(|n| matches!(n, '[' | ']' | '(' | ')' | 'P')).is_some() {
                    while rest
                        .next_if(|n| n.is_ascii_digit() || matches!(n, ';' | '?' | ':' | '='))
                        .is_some()
                    {}
                    rest.next_if(char::is_ascii_alphabetic);
                }
            }
            c if is_unsafe(c) => {}
            c => out.push(c),
        }
    }
    out.into()
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            // The Arabic and the Mongolian mark, annotations, and letters that only programs read.
            | '\u{61c}' | '\u{180e}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Cuts to at most `max` bytes at a character's edge, with an ellipsis where it cut.
#[must_use]
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    const ELLIPSIS: &str = "…";
    if text.len() <= max {
        return text.into();
    }
    let mut end = max.saturating_sub(ELLIPSIS.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ELLIPSIS}", &text[..end]).into()
}

/// [`clean`] and [`cut`] in one.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    cut(clean(text).trim(), max).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_controls_go() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m\u{7}b"), "aredb");
        assert_eq!(clean("two\nlines\r\n"), "two lines  ");
        assert_eq!(clean("\u{202e}evil\u{200b}"), "evil");
        assert_eq!(clean("e\u{61c}v\u{180e}i\u{fffa}l\u{e0041}"), "evil");
        assert_eq!(clean("naïve – ok"), "naïve – ok");
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        assert_eq!(cut("äöü", 6), "äöü");
        assert!(cut("äöüäöü", 8).len() <= 8);
        assert!(cut("äöüäöü", 8).ends_with('…'));
    }
}
