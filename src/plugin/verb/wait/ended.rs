//! What became of a Job that is not there any more.
//!
//! A Job with `ttlSecondsAfterFinished` is removed once it has ended: before the waiting begins,
//! or between two looks. Its last version tells how it ended, where a watch brought one; else its
//! Events do, which outlive it by an hour. Pure.

use super::judge::{self, State};
use crate::plugin::verb::kstatus;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long before the waiting began a Job may have ended to be the one that is meant, in
/// seconds: an earlier Job of the same name is as gone as this one.
const RECENT: i64 = 60;

/// How a Job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Healthy or Failed.
    pub(super) state: State,
    /// What became of it, in words.
    pub(super) what: String,
    /// Whether only its Events tell so: they may be those of an earlier Job.
    pub(super) is_hearsay: bool,
}

fn well(is_hearsay: bool) -> Ended {
    Ended { state: State::Healthy, what: "has ended well, and is gone".to_owned(), is_hearsay }
}

fn badly(words: &str, is_hearsay: bool) -> Ended {
    Ended { state: State::Failed, what: format!("failed, and is gone: {words}"), is_hearsay }
}

/// How it ended, by its last version; `None` where it was deleted before it had.
pub(super) fn by_version(text: &str) -> Option<Ended> {
    let object: Value = serde_json::from_str(text).ok()?;
    if let Some(words) = judge::has_ended_badly(&object, "Job") {
        return Some(badly(&words, false));
    }
    let is_true =
        |type_| kstatus::condition(&object, type_).is_some_and(|(status, _)| status == "True");
    ["Complete", "SuccessCriteriaMet"].into_iter().any(is_true).then(|| well(false))
}

/// How the newest Job of the name ended, by a list of its Events; `began` is when the waiting did.
pub(super) fn by_events(list: &str, began: Timestamp) -> Option<Ended> {
    let list: Value = serde_json::from_str(list).ok()?;
    let events = || list.get("items").and_then(Value::as_array).into_iter().flatten();
    let newest = events().max_by_key(|event| time(event))?;
    let of_newest = |event: &&Value| uid(event) == uid(newest);
    let is_recent = |event: &&Value| {
        time(event).is_some_and(|at| at + SignedDuration::from_secs(RECENT) >= began)
    };
    let mut own = events().filter(of_newest).filter(is_recent);
    own.find_map(|event| {
        let said = text(event, "/message");
        match (text(event, "/type"), text(event, "/reason")) {
            (_, "Completed") => Some(well(true)),
            ("Warning", reason) if FAILURES.contains(&reason) => {
                Some(badly(&format!("{reason}: {said}"), true))
            }
            _ => None,
        }
    })
}

/// The reasons with which the Job controller gives up.
const FAILURES: &[&str] = &[
    "BackoffLimitExceeded",
    "DeadlineExceeded",
    "FailedIndexes",
    "MaxFailedIndexesExceeded",
    "PodFailurePolicy",
];

fn text<'v>(event: &'v Value, pointer: &str) -> &'v str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn uid(event: &Value) -> &str {
    text(event, "/involvedObject/uid")
}

/// When an event was last seen; newer ones have a series, or one time only.
fn time(event: &Value) -> Option<Timestamp> {
    ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"]
        .into_iter()
        .find_map(|pointer| text(event, pointer).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn version(type_: &str, status: &str) -> Option<State> {
        let job = json!({ "kind": "Job", "status": { "conditions": [
            { "type": type_, "status": status, "reason": "R", "message": "m" } ] } });
        by_version(&job.to_string()).map(|ended| ended.state)
    }

    #[test]
    fn the_last_version_tells_how_it_ended() {
        assert_eq!(version("Complete", "True"), Some(State::Healthy));
        assert_eq!(version("Failed", "True"), Some(State::Failed));
        // Deleted while it ran: nobody knows how it would have ended.
        assert_eq!(version("Complete", "False"), None);
        assert_eq!(version("Suspended", "True"), None);
        assert_eq!(by_version("{}"), None);
    }

    fn event(uid: &str, reason: &str, type_: &str, at: &str) -> Value {
        json!({ "involvedObject": { "uid": uid }, "reason": reason, "type": type_,
            "message": "said", "lastTimestamp": at })
    }

    fn events(all: &[Value]) -> Option<State> {
        let began = "2026-11-21T07:03:00Z".parse().expect("a time");
        by_events(&json!({ "items": all }).to_string(), began).map(|ended| ended.state)
    }

    #[test]
    fn its_events_tell_it_where_they_are_of_now() {
        let of = |at: &str| event("a", "Completed", "Normal", at);
        let made = event("a", "SuccessfulCreate", "Normal", "2026-11-21T07:02:50Z");
        assert_eq!(events(&[made.clone(), of("2026-11-21T07:02:58Z")]), Some(State::Healthy));
        // That was the Job of the last deployment.
        assert_eq!(events(&[of("2026-11-21T06:50:00Z")]), None);
        // A newer one was made, and has not ended.
        let newer = event("b", "SuccessfulCreate", "Normal", "2026-11-21T07:02:59Z");
        assert_eq!(events(&[of("2026-11-21T07:02:58Z"), newer]), None);
        assert_eq!(events(&[made]), None);
        let failed = event("a", "BackoffLimitExceeded", "Warning", "2026-11-21T07:02:59Z");
        assert_eq!(events(&[failed]), Some(State::Failed));
        let other = event("a", "FailedCreate", "Warning", "2026-11-21T07:02:59Z");
        assert_eq!(events(&[other]), None);
    }
}
