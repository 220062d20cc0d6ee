//! What may differ from object to object, by flags and by annotations.

use crate::plugin::span::Span;
use clap::ValueEnum;
use jiff::SignedDuration;
use regex::Regex;
use serde_json::Value;
use std::str::FromStr;

/// Annotations of an object that set its options begin with this.
const PREFIX: &str = "kubeblame.dev/";

/// What a failure means for the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailMode {
    /// The wait has failed at once
    #[default]
    Now,
    /// It may still recover until the timeout
    End,
    /// It is shown, and does not count
    Ignore,
}

/// A flag's value for every object, or `KIND/NAME=VALUE` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scoped {
    object: Option<String>,
    value: String,
}

impl FromStr for Scoped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_object = |text: &str| {
            text.split_once('/').is_some_and(|(kind, name)| {
                let is_word = |word: &str| {
                    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
                    !word.is_empty() && word.chars().all(is_name)
                };
                is_word(kind) && is_word(name)
            })
        };
        Ok(match text.split_once('=').filter(|(object, _)| is_object(object)) {
            Some((object, value)) => {
                Self { object: Some(object.to_ascii_lowercase()), value: value.to_owned() }
            }
            None => Self { object: None, value: text.to_owned() },
        })
    }
}

/// The flags as given.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags {
    pub(super) fail_mode: Vec<Scoped>,
    pub(super) allowed_failures: Vec<Scoped>,
    pub(super) settle: Vec<Scoped>,
    pub(super) no_activity: Vec<Scoped>,
    pub(super) log_lines: Vec<Scoped>,
    pub(super) log_regex: Vec<Scoped>,
}

/// What counts for one object.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) fail_mode: FailMode,
    /// How often one container may end badly.
    pub(super) allowed_failures: i32,
    /// How long it is to stay well.
    pub(super) settle: SignedDuration,
    /// How long nothing may happen.
    pub(super) no_activity: Option<SignedDuration>,
    /// How many log lines a failure shows.
    pub(super) log_lines: u32,
    /// Which log lines are shown.
    pub(super) log_regex: Option<Regex>,
}

/// How long a rollout is to stay well at the least, in seconds: a container without a probe is
/// ready the moment it runs, and the second run of one that dies at its start begins at once, the
/// third 10 s later. Who is still up after 10 s is not in the fast part of a loop.
const MIN_SETTLE: i64 = 10;
/// A container may end badly once: what it needs may start a moment later than itself.
const ALLOWED_FAILURES: i32 = 1;
const LOG_LINES: u32 = 20;

impl Flags {
    /// The options of one object; its names are `deployment/web` and the like. What an
    /// annotation says beats a flag for all, and a flag for this object beats both.
    pub(super) fn of(&self, names: &[String], object: Option<&Value>) -> Result<Options, String> {
        let pick = |flag: &[Scoped], name: &str| {
            let own =
                flag.iter().rev().find(|f| f.object.as_ref().is_some_and(|o| names.contains(o)));
            let annotation = || {
                let all = object?.pointer("/metadata/annotations")?;
                all.get(format!("{PREFIX}{name}"))?.as_str().map(str::to_owned)
            };
            let of_all = flag.iter().rev().find(|f| f.object.is_none());
            own.map(|f| (f.value.clone(), "--"))
                .or_else(|| annotation().map(|value| (value, "the annotation kubeblame.dev/")))
                .or_else(|| of_all.map(|f| (f.value.clone(), "--")))
                .map(|(value, whence)| (value, format!("{whence}{name}")))
        };
        let settle = parsed(pick(&self.settle, "settle"), Span::from_str)?;
        let floor = SignedDuration::from_secs(MIN_SETTLE);
        let min_ready = object
            .and_then(|o| o.pointer("/spec/minReadySeconds")?.as_i64())
            .map_or(SignedDuration::ZERO, SignedDuration::from_secs);
        Ok(Options {
            fail_mode: parsed(pick(&self.fail_mode, "fail-mode"), |text| {
                FailMode::from_str(text, true).map_err(|_| "write now, end or ignore".to_owned())
            })?
            .unwrap_or_default(),
            allowed_failures: parsed(pick(&self.allowed_failures, "allowed-failures"), |text| {
                text.parse::<u16>().map(i32::from).map_err(|_| "write a number, e.g. 0".to_owned())
            })?
            .unwrap_or(ALLOWED_FAILURES),
            settle: settle.map_or(floor, |s| s.0).max(floor).max(min_ready),
            no_activity: parsed(pick(&self.no_activity, "no-activity-timeout"), Span::from_str)?
                .map(|span| span.0)
                .filter(|span| !span.is_zero()),
            log_lines: parsed(pick(&self.log_lines, "log-lines"), |text| {
                text.parse::<u32>().map_err(|_| "write a number, e.g. 20".to_owned())
            })?
            .unwrap_or(LOG_LINES),
            log_regex: parsed(pick(&self.log_regex, "log-regex"), |text| {
                Regex::new(text).map_err(|_| "this is no regular expression".to_owned())
            })?,
        })
    }
}

fn parsed<T>(
    given: Option<(String, String)>,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let Some((value, whence)) = given else { return Ok(None) };
    read(&value).map(Some).map_err(|why| format!("{whence} {value:?}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scoped(texts: &[&str]) -> Vec<Scoped> {
        texts.iter().map(|t| t.parse().expect("any text")).collect()
    }

    #[test]
    fn a_flag_for_the_object_beats_its_annotation_and_that_a_flag_for_all() {
        let object =
            json!({ "metadata": { "annotations": { "kubeblame.dev/fail-mode": "ignore" } } });
        let names = ["deployment/web".to_owned(), "deploy/web".to_owned()];
        let mode = |flags: &[&str], object: Option<&Value>| {
            let flags = Flags { fail_mode: scoped(flags), ..Flags::default() };
            flags.of(&names, object).expect("valid").fail_mode
        };
        assert_eq!(mode(&[], None), FailMode::Now);
        assert_eq!(mode(&["end"], None), FailMode::End);
        assert_eq!(mode(&["end"], Some(&object)), FailMode::Ignore);
        assert_eq!(mode(&["deploy/web=now", "end"], Some(&object)), FailMode::Now);
        assert_eq!(mode(&["deploy/other=end"], None), FailMode::Now);
    }

    #[test]
    fn it_settles_for_the_longest_of_three_times() {
        let settle = |flag: &str, min_ready: i64| {
            let flags = Flags { settle: scoped(&[flag]), ..Flags::default() };
            let object = json!({ "spec": { "minReadySeconds": min_ready } });
            flags.of(&[], Some(&object)).expect("valid").settle.as_secs()
        };
        assert_eq!((settle("0", 0), settle("30s", 0), settle("5", 45)), (10, 30, 45));
    }

    #[test]
    fn wrong_values_are_said_with_where_they_stand() {
        let flags = Flags { log_regex: scoped(&["("]), ..Flags::default() };
        assert_eq!(
            flags.of(&[], None).expect_err("no regex"),
            "--log-regex \"(\": this is no regular expression"
        );
        let object = json!({ "metadata": { "annotations": { "kubeblame.dev/settle": "soon" } } });
        let said = Flags::default().of(&[], Some(&object)).expect_err("no time");
        assert!(said.starts_with("the annotation kubeblame.dev/settle \"soon\""), "{said}");
        // A regular expression may hold what looks like a scope.
        let one: Scoped = "a/b+=c".parse().expect("any text");
        assert_eq!(one.object, None);
    }
}
