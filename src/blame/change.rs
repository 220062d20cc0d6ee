//! What changed, as a report words it.

use crate::observe::{Difference, Leaf, line};
use crate::report::FieldChange;

/// How many changes a report shows of one revision or cause.
pub(super) const MAX_CHANGES: usize = 8;
/// The longest value shown, in bytes.
const MAX_VALUE: usize = 128;

/// The changes as fields with their values, where these may be shown.
pub(super) fn fields(changes: &[Difference<'_>]) -> Vec<FieldChange> {
    let changes = telling(changes);
    all_fields(&changes[..changes.len().min(MAX_CHANGES)])
}

/// The same, all of them.
pub(super) fn all_fields(changes: &[Difference<'_>]) -> Vec<FieldChange> {
    let shown =
        |leaf: Option<&Leaf>| leaf.and_then(Leaf::shown).map(|value| line(value, MAX_VALUE));
    changes
        .iter()
        .map(|c| FieldChange { path: line(c.path, 256), from: shown(c.from), to: shown(c.to) })
        .collect()
}

/// Leaves out what only says once more that an item came or went: its name, and what the API
/// server fills in by itself.
fn telling<'d>(changes: &[Difference<'d>]) -> Vec<Difference<'d>> {
    let goes_with = |minor: &Difference<'_>| {
        let item = item(minor.path);
        let is_like = |d: &&Difference<'_>| is_of(d, item) && is_telling(d.path);
        changes.iter().filter(is_like).any(|d| way(d) == way(minor))
    };
    let is_told = |d: &&Difference<'d>| {
        is_telling(d.path) || d.from.is_some() && d.to.is_some() || !goes_with(d)
    };
    changes.iter().filter(is_told).copied().collect()
}

fn is_telling(path: &str) -> bool {
    prominence(path).0 < ITEM
}

/// The list item that a field belongs to: `volumes[data]` of `volumes[data].configMap.name`.
fn item(path: &str) -> &str {
    path.rfind(']').map_or(path, |end| &path[..=end])
}

/// Whether it came, went, or was set otherwise.
fn way(d: &Difference<'_>) -> (bool, bool) {
    (d.from.is_none(), d.to.is_none())
}

fn is_of(d: &Difference<'_>, item: &str) -> bool {
    d.path.strip_prefix(item).is_some_and(|rest| rest.starts_with('.'))
}

/// The first change in words, and how many more there are.
pub(super) fn phrase(changes: &[Difference<'_>]) -> String {
    let changes = telling(changes);
    let Some(first) = changes.first() else { return String::new() };
    let (said, left) = match whole_container(&changes, first) {
        Some((container, said)) => (said, changes.iter().filter(|d| !is_of(d, container)).count()),
        None => (sentence(first), changes.len() - 1),
    };
    let more = if left == 0 { String::new() } else { format!(", +{left} more") };
    format!("{said}{more}")
}

/// Whether the changes begin with a container that came or went as a whole.
pub(super) fn is_whole(changes: &[Difference<'_>]) -> bool {
    let changes = telling(changes);
    changes.first().is_some_and(|first| whole_container(&changes, first).is_some())
}

/// `init container prepare removed`, where the first change is that of its image.
fn whole_container<'d>(
    changes: &[Difference<'d>],
    first: &Difference<'d>,
) -> Option<(&'d str, String)> {
    let container = first.path.strip_suffix(".image")?;
    let (list, name) = container.strip_suffix(']')?.split_once('[')?;
    let what = match list {
        "containers" => "container",
        "initContainers" => "init container",
        _ => return None,
    };
    let all_alike = changes.iter().filter(|d| is_of(d, container)).all(|d| way(d) == way(first));
    let image = first.to.and_then(Leaf::shown).map(|image| line(image, MAX_VALUE));
    let said = match (first.from, image) {
        (Some(_), None) => format!("{what} {name} removed"),
        (None, Some(image)) => format!("{what} {name} added ({image})"),
        _ => return None,
    };
    all_alike.then_some((container, said))
}

/// `image busybox:v1 → busybox:v2`, `command changed`, `env FOO removed`.
fn sentence(change: &Difference<'_>) -> String {
    let name = name(change.path);
    let shown =
        |leaf: Option<&Leaf>| leaf.and_then(Leaf::shown).map(|value| line(value, MAX_VALUE));
    match (change.from, change.to) {
        (Some(_), Some(_)) => match (shown(change.from), shown(change.to)) {
            (Some(from), Some(to)) => format!("{name} {from} → {to}"),
            _ => format!("{name} changed"),
        },
        (None, Some(_)) => shown(change.to)
            .map_or_else(|| format!("{name} added"), |to| format!("{name} added ({to})")),
        _ => format!("{name} removed"),
    }
}

/// A path as people say it: without the container, `env FOO` for an environment variable.
fn name(path: &str) -> String {
    let inner = match path.split_once("].") {
        Some((list, rest))
            if ["containers[", "initContainers["].iter().any(|l| list.starts_with(l)) =>
        {
            rest
        }
        _ => path,
    };
    match inner.strip_prefix("env[").and_then(|rest| rest.split_once(']')) {
        Some((variable, _)) => format!("env {variable}"),
        None => inner.to_owned(),
    }
}

/// The rank of an item's name …
const ITEM: u8 = 5;
/// … and of what is filled in.
const FILLED: u8 = 6;

/// Orders changes of equal weight: what people look for first comes first.
pub(super) fn prominence(path: &str) -> (u8, &str) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let rank = match last {
        "image" => 0,
        "command" | "args" => 1,
        "hostPort" => 2,
        // That an item is there is said better by what it refers to.
        "name" if path.ends_with("].name") => ITEM,
        // What the API server fills in by itself.
        "imagePullPolicy"
        | "pullPolicy"
        | "terminationMessagePath"
        | "terminationMessagePolicy"
        | "defaultMode" => FILLED,
        _ if path.contains(".env[") => 2,
        // What a probe asks comes before how often and how long.
        _ if last.ends_with("Seconds") || last.ends_with("Threshold") || last == "scheme" => 4,
        _ => 3,
    };
    (rank, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_look_for_comes_first() {
        let mut paths = [
            "readinessProbe.failureThreshold",
            "readinessProbe.httpGet.port",
            "volumes[data].name",
            "volumes[data].persistentVolumeClaim.claimName",
            "containers[main].image",
        ];
        paths.sort_by_key(|path| prominence(path));
        let claim = "volumes[data].persistentVolumeClaim.claimName";
        assert_eq!(paths[..3], ["containers[main].image", "readinessProbe.httpGet.port", claim]);
        assert_eq!(paths[4], "volumes[data].name");
    }

    #[test]
    fn changes_read_as_people_say_them() {
        let (v1, v2, hidden) =
            (Leaf::Shown("v1".into()), Leaf::Shown("v2".into()), Leaf::Hidden(1));
        let of = |path, from, to| phrase(&[Difference { path, from, to }]);
        assert_eq!(of("containers[main].image", Some(&v1), Some(&v2)), "image v1 → v2");
        assert_eq!(
            of("containers[main].command", Some(&hidden), Some(&Leaf::Hidden(2))),
            "command changed"
        );
        assert_eq!(of("containers[main].env[FOO].value", Some(&hidden), None), "env FOO removed");
        assert_eq!(of("nodeSelector[disk]", None, Some(&v1)), "nodeSelector[disk] added (v1)");
    }

    #[test]
    fn a_container_that_came_or_went_is_told_as_a_whole() {
        let (v1, name, policy) =
            (Leaf::Shown("v1".into()), Leaf::Shown("prep".into()), Leaf::Shown("Always".into()));
        let paths =
            ["image", "imagePullPolicy", "name"].map(|f| format!("initContainers[prep].{f}"));
        let of = |from: [Option<&Leaf>; 3], to: [Option<&Leaf>; 3]| {
            let differ = |i: usize| Difference { path: &paths[i], from: from[i], to: to[i] };
            let changes = [differ(0), differ(1), differ(2)];
            (phrase(&changes), fields(&changes).len())
        };
        let (none, all) = ([None; 3], [Some(&v1), Some(&policy), Some(&name)]);
        assert_eq!(of(all, none), ("init container prep removed".to_owned(), 1));
        assert_eq!(of(none, all), ("init container prep added (v1)".to_owned(), 1));
        let other = [Some(&v1), Some(&v1), Some(&name)];
        assert_eq!(of(other, all).1, 3, "what was set otherwise is told");
    }
}
