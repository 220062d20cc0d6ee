//! Times on the command line.

use jiff::SignedDuration;
use std::str::FromStr;
use std::time::Duration;

/// A time to wait, as kubectl takes it (`90s`, `5m`, `1h30m`) or in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) SignedDuration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = match text.parse::<u32>() {
            Ok(seconds) => SignedDuration::from_secs(seconds.into()),
            Err(_) => text.parse().map_err(|_| "write a time, e.g. 90s, 5m or 1h30m".to_owned())?,
        };
        if span.is_negative() {
            return Err("a time to wait cannot be negative".to_owned());
        }
        Ok(Self(span))
    }
}

impl Span {
    /// The time, where it is one: 0 stands for none.
    pub(super) fn limit(self) -> Option<Duration> {
        Duration::try_from(self.0).ok().filter(|span| !span.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_kubectl() {
        let seconds = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs()).ok();
        for (text, expected) in [
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h30m", Some(5_400)),
            ("30", Some(30)),
            ("0", Some(0)),
            ("-5s", None),
            ("soon", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(Span(SignedDuration::ZERO).limit(), None);
    }
}
