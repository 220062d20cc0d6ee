//! What changed, as a report words it.

use crate::observe::{Difference, Leaf, line};
use crate::report::FieldChange;

/// How many changes a report shows of one revision or cause.
pub(super) const MAX_CHANGES: usize = 8;
/// The longest value shown, in bytes.
const MAX_VALUE: usize = 128;

/// The changes as fields with their values, where these may be shown.
pub(super) fn fields(changes: &[Difference<'_>]) -> Vec<FieldChange> {
    all_fields(&changes[..changes.len().min(MAX_CHANGES)])
}

/// The same without a cap.
pub(super) fn all_fields(changes: &[Difference<'_>]) -> Vec<FieldChange> {
    let shown =
        |leaf: Option<&Leaf>| leaf.and_then(Leaf::shown).map(|value| line(value, MAX_VALUE));
    changes
        .iter()
        .map(|c| FieldChange { path: line(c.path, 256), from: shown(c.from), to: shown(c.to) })
        .collect()
}

/// The first change in words, and how many more there are.
pub(super) fn phrase(changes: &[Difference<'_>]) -> String {
    let Some(first) = changes.first() else { return String::new() };
    let more = match changes.len() - 1 {
        0 => String::new(),
        n => format!(", +{n} more"),
    };
    format!("{}{more}", sentence(first))
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

/// Orders changes of equal weight: what people look for first comes first.
pub(super) fn prominence(path: &str) -> (u8, &str) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let rank = match last {
        "image" => 0,
        "command" | "args" => 1,
        "hostPort" => 2,
        // That an item is there is said better by what it refers to.
        "name" if path.ends_with("].name") => 5,
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
}
