//! What changed, in words.

use super::text::{Text, Tone};
use crate::report::FieldChange;

/// How many fields of one thing that is new take a line together.
const FOLDED: usize = 3;

/// What changed, a line each, by the words of `one`; a thing that is new with several fields, as
/// a probe is, takes one line.
pub(in crate::plugin) fn lines(
    changes: &[FieldChange],
    one: impl Fn(&FieldChange) -> Text,
) -> Vec<Text> {
    let told: Vec<&FieldChange> = telling(changes).collect();
    let mut lines = Vec::new();
    for (at, change) in told.iter().enumerate() {
        let Some((thing, place)) = new_thing(change) else {
            lines.push(one(change));
            continue;
        };
        let is_of_it = |other: &&FieldChange| {
            new_thing(other).is_some_and(|(other, at)| other == thing && at == place)
        };
        if told.iter().copied().filter(is_of_it).count() < FOLDED {
            lines.push(one(change));
        } else if !told.iter().take(at).any(is_of_it) {
            let mut text = Text::plain(format!("{thing} set: "));
            for (index, other) in told.iter().copied().filter(is_of_it).enumerate() {
                let (field, _) = subject(&other.path);
                let field = field.get(thing.len() + 1..).unwrap_or_default();
                let comma = if index == 0 { "" } else { ", " };
                let value = other.to.as_deref().unwrap_or_default();
                text = text.and(Tone::Plain, format!("{comma}{field} ")).and(Tone::Change, value);
            }
            lines.push(text.and(Tone::Aside, place));
        }
    }
    lines
}

/// The thing of which a field is set that was not before, and where it is: `livenessProbe`,
/// ` (container main)` of `containers[main].livenessProbe.periodSeconds`.
fn new_thing(change: &FieldChange) -> Option<(String, String)> {
    if change.from.is_some() || change.to.is_none() {
        return None;
    }
    let (field, place) = subject(&change.path);
    let (thing, _) = field.split_once('.')?;
    Some((thing.to_owned(), place))
}

/// The changes that are worth a line: that a new element of a list has the name it has says
/// nothing beside its other fields.
fn telling(changes: &[FieldChange]) -> impl Iterator<Item = &FieldChange> {
    let is_told = |element: &str| {
        let is_below = |other: &FieldChange| {
            named_element(other).is_none() && other.path.strip_prefix(element).is_some()
        };
        changes.iter().any(is_below)
    };
    changes.iter().filter(move |change| !named_element(change).is_some_and(is_told))
}

/// The element of a list that a field names: `volumes[data].` of `volumes[data].name`.
fn named_element(change: &FieldChange) -> Option<&str> {
    let (element, leaf) = change.path.rsplit_once("].")?;
    let (_, key) = element.rsplit_once('[')?;
    let names = match (change.from.as_deref(), change.to.as_deref()) {
        (None, Some(value)) | (Some(value), None) => value == key && !leaf.contains('.'),
        _ => false,
    };
    names.then(|| change.path.strip_suffix(leaf)).flatten()
}

/// `image busybox:v1 → busybox:v2 (container main)`.
pub(in crate::plugin) fn change(change: &FieldChange) -> Text {
    let (subject, place) = subject(&change.path);
    let text = Text::plain(subject);
    let text = match (&change.from, &change.to) {
        (Some(from), Some(to)) => {
            text.and(Tone::Plain, format!(" {from} → ")).and(Tone::Change, to)
        }
        (None, Some(to)) => text.and(Tone::Plain, " set to ").and(Tone::Change, to),
        (Some(from), None) => text.and(Tone::Plain, format!(" removed (was {from})")),
        (None, None) => text.and(Tone::Plain, " changed"),
    };
    text.and(Tone::Aside, place)
}

/// The same from the side of the effect: `image busybox:v2 (updated from busybox:v1)`.
pub(in crate::plugin) fn change_seen(change: &FieldChange, container: Option<&str>) -> Text {
    let (Some(from), Some(to)) = (&change.from, &change.to) else { return self::change(change) };
    let (subject, place) = subject(&change.path);
    // The container is named by the line above where there is only one of interest.
    let is_named = container.is_some_and(|name| place == format!(" (container {name})"));
    Text::plain(format!("{subject} "))
        .and(Tone::Change, to)
        .and(Tone::Plain, format!(" (updated from {from})"))
        .and(Tone::Aside, if is_named { "" } else { &place })
}

/// A path as people say it, and where it is: `image`, ` (container main)`.
fn subject(path: &str) -> (String, String) {
    let lists = [
        ("containers[", "container"),
        ("initContainers[", "init container"),
        ("ephemeralContainers[", "debug container"),
    ];
    for (list, what) in lists {
        let Some((name, rest)) = path.strip_prefix(list).and_then(|rest| rest.split_once(']'))
        else {
            continue;
        };
        return match rest.strip_prefix('.') {
            Some(field) => (field.to_owned(), format!(" ({what} {name})")),
            None => (format!("{what} {name}"), String::new()),
        };
    }
    for (map, what) in [("metadata.annotations[", "annotation"), ("metadata.labels[", "label")] {
        if let Some(key) = path.strip_prefix(map).and_then(|rest| rest.strip_suffix(']')) {
            return (format!("{what} {key}"), String::new());
        }
    }
    (path.to_owned(), String::new())
}

#[cfg(test)]
mod tests {
    use super::super::Look;
    use super::*;

    fn said(path: &str, from: Option<&str>, to: Option<&str>) -> String {
        let look =
            Look { now: jiff::Timestamp::UNIX_EPOCH, width: None, colour: false, ascii: false };
        let it =
            FieldChange { path: path.into(), from: from.map(Into::into), to: to.map(Into::into) };
        change(&it).lines(&look, None).concat()
    }

    #[test]
    fn changes_read_as_people_say_them() {
        assert_eq!(
            said("containers[main].image", Some("b:v1"), Some("b:v2")),
            "image b:v1 → b:v2 (container main)"
        );
        assert_eq!(
            said("containers[main].command", None, None),
            "command changed (container main)"
        );
        assert_eq!(said("initContainers[a]", Some("x"), None), "init container a removed (was x)");
        assert_eq!(said("metadata.annotations[a/b]", None, None), "annotation a/b changed");
        assert_eq!(said("data[KEY]", None, None), "data[KEY] changed");
        assert_eq!(said("spec.replicas", Some("2"), Some("5")), "spec.replicas 2 → 5");
        assert_eq!(said("containers[", None, None), "containers[ changed");
    }

    #[test]
    fn the_name_of_a_new_element_says_nothing_beside_its_fields() {
        let set = |path: &str, to: &str| FieldChange {
            path: path.into(),
            from: None,
            to: Some(to.into()),
        };
        let changes = [
            set("volumes[data].name", "data"),
            set("volumes[data].persistentVolumeClaim.claimName", "data"),
            set("schedulingGates[a].name", "a"),
            set("containers[main].volumeMounts[/d].mountPath", "/d"),
            set("containers[main].volumeMounts[/d].name", "data"),
        ];
        let told: Vec<&str> = telling(&changes).map(|change| &*change.path).collect();
        assert_eq!(
            told,
            [
                "volumes[data].persistentVolumeClaim.claimName",
                // Nothing else is said of it.
                "schedulingGates[a].name",
                "containers[main].volumeMounts[/d].name",
            ]
        );
    }

    #[test]
    fn a_new_probe_takes_one_line() {
        let probe = |field: &str, from: Option<&str>, to: &str| FieldChange {
            path: format!("containers[main].livenessProbe.{field}"),
            from: from.map(Into::into),
            to: Some(to.into()),
        };
        let look =
            Look { now: jiff::Timestamp::UNIX_EPOCH, width: None, colour: false, ascii: false };
        let told = |changes: &[FieldChange]| -> Vec<String> {
            lines(changes, change).iter().map(|text| text.line(&look)).collect()
        };
        let new = [
            probe("httpGet.path", None, "/"),
            probe("httpGet.port", None, "8099"),
            probe("periodSeconds", None, "1"),
        ];
        assert_eq!(
            told(&new),
            [
                "livenessProbe set: httpGet.path /, httpGet.port 8099, periodSeconds 1 (container main)"
            ]
        );
        assert_eq!(told(&new[..2]).len(), 2);
        // What was there before is told field by field.
        let edited = [
            probe("httpGet.path", Some("/a"), "/"),
            probe("httpGet.port", Some("80"), "8099"),
            probe("periodSeconds", Some("9"), "1"),
        ];
        assert_eq!(told(&edited).len(), 3);
    }
}
