//! The newest time that an object itself names.
//!
//! Only fields that the cluster writes when something happened are looked at:
//! a time in a spec, an annotation or a `ConfigMap` may lie anywhere, and some
//! statuses name the future (a certificate's end, the next schedule).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The newest time an object names.
pub(super) fn newest(json: &str) -> Option<Timestamp> {
    let times: Times = serde_json::from_str(json).ok()?;
    times.0
}

/// What is looked at in a map: its times, and the maps below it.
#[derive(Clone, Copy)]
enum Level {
    Object,
    Metadata,
    ManagedFields,
    Status,
    Series,
}

impl Level {
    fn is_time(self, key: &str) -> bool {
        match self {
            Self::Object => matches!(key, "firstTimestamp" | "lastTimestamp" | "eventTime"),
            Self::Metadata => matches!(key, "creationTimestamp" | "deletionTimestamp"),
            Self::ManagedFields => key == "time",
            Self::Series => key == "lastObservedTime",
            Self::Status => matches!(
                key,
                "lastTransitionTime"
                    | "lastUpdateTime"
                    | "lastProbeTime"
                    | "lastHeartbeatTime"
                    | "startTime"
                    | "startedAt"
                    | "finishedAt"
                    | "completionTime"
                    | "lastScheduleTime"
                    | "lastSuccessfulTime"
                    | "lastScaleTime"
            ),
        }
    }

    fn below(self, key: &str) -> Option<Self> {
        match (self, key) {
            (Self::Object, "metadata") => Some(Self::Metadata),
            (Self::Object, "status") | (Self::Status, _) => Some(Self::Status),
            (Self::Object, "series") => Some(Self::Series),
            (Self::Metadata, "managedFields") => Some(Self::ManagedFields),
            _ => None,
        }
    }
}

/// The newest time of an object.
struct Times(Option<Timestamp>);

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look(Level::Object)).map(Times)
    }
}

/// Looks at one value.
struct Look(Level);

impl<'de> serde::de::DeserializeSeed<'de> for Look {
    type Value = Option<Timestamp>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values that are no map and no list hold no time by themselves.
macro_rules! nothing {
    ($($visit:ident: $type:ty),+) => {
        $(fn $visit<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(None)
        })+
    };
}

impl<'de> Visitor<'de> for Look {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    nothing!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut newest = None;
        while let Some(time) = seq.next_element_seed(Look(self.0))? {
            newest = newest.max(time);
        }
        Ok(newest)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut newest, mut deletion, mut grace) = (None, None, 0);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if self.0.is_time(&key) {
                let time = map.next_value::<Lenient<'de>>()?.time();
                if key == "deletionTimestamp" {
                    deletion = time;
                } else {
                    newest = newest.max(time);
                }
            } else if matches!(self.0, Level::Metadata) && key == "deletionGracePeriodSeconds" {
                grace = map.next_value::<Lenient<'de>>()?.seconds();
            } else if let Some(level) = self.0.below(&key) {
                newest = newest.max(map.next_value_seed(Look(level))?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        // A deletion is dated at the end of its grace period, which may lie ahead.
        let asked = deletion
            .and_then(|time: Timestamp| time.checked_sub(SignedDuration::from_secs(grace)).ok());
        Ok(newest.max(asked))
    }
}

/// A scalar, or nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(i64),
    Other(IgnoredAny),
}

impl Lenient<'_> {
    fn time(&self) -> Option<Timestamp> {
        match self {
            // The zero time of Go stands for none.
            Self::Text(text) => text.parse().ok().filter(|t: &Timestamp| t.as_second() > 0),
            Self::Number(_) | Self::Other(_) => None,
        }
    }

    fn seconds(&self) -> i64 {
        match self {
            Self::Number(seconds) => *seconds,
            Self::Text(_) | Self::Other(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::newest;

    fn at(json: &str) -> Option<String> {
        newest(json).map(|t| t.to_string())
    }

    #[test]
    fn the_newest_of_what_happened() {
        let json = r#"{"metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","managedFields":[
            {"time":"2026-01-01T00:00:05Z"},{"time":"2026-01-01T00:00:03Z"}]},
            "status":{"conditions":[{"lastTransitionTime":"2026-01-01T00:00:04Z"}]}}"#;
        assert_eq!(at(json).as_deref(), Some("2026-01-01T00:00:05Z"));
        let event = r#"{"metadata":{},"series":{"lastObservedTime":"2026-01-01T00:00:09.5Z"},
            "lastTimestamp":null,"eventTime":"2026-01-01T00:00:01Z"}"#;
        assert_eq!(at(event).as_deref(), Some("2026-01-01T00:00:09.5Z"));
    }

    #[test]
    fn what_a_user_wrote_or_a_status_foresees_is_no_time() {
        let json = r#"{"metadata":{"annotations":{"time":"2099-01-01T00:00:00Z"}},
            "spec":{"startTime":"2099-01-01T00:00:00Z"},
            "status":{"notAfter":"2099-01-01T00:00:00Z","startTime":7}}"#;
        assert_eq!(at(json), None);
    }

    #[test]
    fn a_deletion_is_dated_when_it_was_asked_for() {
        let json = r#"{"metadata":{"deletionTimestamp":"2026-01-01T00:00:30Z","deletionGracePeriodSeconds":30}}"#;
        assert_eq!(at(json).as_deref(), Some("2026-01-01T00:00:00Z"));
    }
}
