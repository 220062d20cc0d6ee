//! Since when a rule of admission stands as it does, and who wrote it.

use crate::blame::author::{self, When};
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::symptom::Symptom;
use crate::graph::{Edit, Edited, Object};
use crate::observe::Owner;
use crate::report::Author;
use jiff::Timestamp;

/// The namespace's only `LimitRange`; of several it cannot be told which one spoke.
pub(in crate::blame::cause) fn only_range<'g>(scene: &Scene<'g>) -> Option<&'g Object> {
    let mut ranges = scene.all("LimitRange").into_iter().filter(|range| range.gone.is_none());
    ranges.next().filter(|_| ranges.next().is_none())
}

/// What a field was changed from and to, as it stood when the failing began.
pub(in crate::blame::cause) fn values_at(
    object: &Object,
    path: &str,
    at: Timestamp,
) -> (Option<String>, Option<String>) {
    let Some(fields) = object.plain_fields() else { return (None, None) };
    let mut to = fields.text(path).map(str::to_owned);
    for edit in object.memory.edits.iter().rev() {
        let Edited::Fields { before, after } = &edit.what else { continue };
        if before.get(path) == after.get(path) {
            continue;
        }
        let was = before.text(path).map(str::to_owned);
        if edit.not_before <= at + SLACK {
            return (was, to);
        }
        // Edited since: what stood then is what it was changed from.
        to = was;
    }
    let is_newer = |owner: &&Owner| owner.time.is_some_and(|time| time > at + SLACK);
    // In a dump the value of before a later edit is gone.
    (None, to.filter(|_| object.ownership.of(path).find(is_newer).is_none()))
}

/// Who wrote some fields of an object before the failing began. A later edit did not
/// bring it about, and hides who did.
pub(in crate::blame::cause) fn writer(
    object: &Object,
    paths: &[&str],
    first: Timestamp,
) -> Option<(Author, Timestamp)> {
    let since = object.meta.created.unwrap_or(object.memory.seen);
    let owners = std::iter::once(&object.ownership)
        .chain(object.memory.edits.iter().rev().map(|edit| &edit.ownership));
    owners
        .filter_map(|ownership| author::of_paths(ownership, paths, When::Since(since)))
        .find(|(_, at)| *at <= first + SLACK)
}

/// Since when the fields under some paths stand as they do, and who wrote the newest of them.
/// Without a writer it is the object's making, where nobody has written them since the failing
/// began; a removal that was seen has no writer.
pub(in crate::blame::cause) fn since(
    object: &Object,
    under: &[&str],
    first: Timestamp,
) -> (Option<Timestamp>, Option<Author>) {
    let fields = object.plain_fields().into_iter();
    let paths: Vec<&str> = fields
        .flat_map(|fields| under.iter().flat_map(|prefix| fields.under(prefix)))
        .map(|(path, _)| path)
        .collect();
    let is_of = |owner: &&Owner| paths.iter().any(|path| owner.owns(path));
    let versions = std::iter::once(&object.ownership)
        .chain(object.memory.edits.iter().rev().map(|edit| &edit.ownership));
    // The newest version that nobody wrote to since the failing began.
    let newest = versions
        .map(|ownership| ownership.owners.iter().filter(is_of).filter_map(|o| Some((o.time?, o))))
        .find_map(|owners| {
            let newest = owners.clone().map(|(at, _)| at).max()?;
            (newest <= first + SLACK).then_some((newest, owners))
        });
    let is_before = |edit: &&Edit| edit.at <= first + SLACK;
    let is_of_fields = |edit: &&Edit| match &edit.what {
        Edited::Fields { before, after } => {
            let changed = before.diff(after);
            changed.iter().any(|d| under.iter().any(|prefix| d.path.starts_with(prefix)))
        }
        Edited::Replicas { .. } => false,
    };
    let seen =
        object.memory.edits.iter().filter(is_before).filter(is_of_fields).map(|e| e.at).max();
    let Some((written, owners)) = newest else {
        let is_later = object.ownership.owners.iter().filter(is_of).any(|o| o.time.is_some());
        let created = object.meta.created.filter(|at| *at <= first + SLACK && !is_later);
        return (seen.max(created), None);
    };
    if let Some(seen) = seen.filter(|seen| *seen > written + SLACK) {
        return (Some(seen), None);
    }
    let mut last = owners.filter(|(at, _)| *at == written).map(|(_, owner)| owner);
    let by = last.next().map(author::author);
    // Of two that wrote then it cannot be told which of them made the rule.
    let is_one =
        last.all(|other| by.as_ref().and_then(|by| by.manager.as_deref()) == Some(&*other.manager));
    (Some(written), by.filter(|_| is_one))
}

/// The same of one webhook of a configuration. Its bundle of certificates is renewed by
/// machines, and of interest only where the bundle is what is complained of.
pub(super) fn of_webhook(
    object: &Object,
    webhook: &str,
    symptom: &Symptom<'_>,
) -> (Option<Timestamp>, Option<Author>) {
    let said = symptom.message.as_deref().unwrap_or_default();
    if said.contains("x509") {
        let bundle = format!("webhooks[{webhook}].clientConfig.caBundle");
        let found = writer(object, &[&bundle], symptom.first);
        return (found.as_ref().map(|(_, at)| *at), found.map(|(author, _)| author));
    }
    since(object, &[&format!("webhooks[{webhook}].")], symptom.first)
}

/// Whether pods of the root were let in before a time, and none since.
pub(super) fn is_news(scene: &Scene<'_>, since: Option<Timestamp>) -> bool {
    let newest = scene.pods.iter().map(PodView::created).max();
    newest.zip(since).is_some_and(|(newest, since)| newest < since)
}

/// `maximum memory usage per Container is 256Mi, but limit is 512Mi` →
/// `spec.limits[Container].max.memory` (kubernetes `plugin/pkg/admission/limitranger`).
pub(super) fn limit_path(said: &str) -> Option<String> {
    let (before, after) = said.split_once(" per ")?;
    let of = after.split(' ').next()?;
    let mut words = before.rsplit(' ');
    let (bound, resource) = match words.next()? {
        // `minimum cpu usage per …`
        "usage" => {
            let resource = words.next()?;
            let bound = match words.next()?.trim_start_matches('[') {
                "maximum" => "max",
                "minimum" => "min",
                _ => return None,
            };
            (bound, resource)
        }
        // `cpu max limit to request ratio per …`
        "ratio" => {
            let rest = before.strip_suffix(" max limit to request ratio")?;
            ("maxLimitRequestRatio", rest.rsplit(' ').next()?)
        }
        _ => return None,
    };
    Some(format!("spec.limits[{of}].{bound}.{resource}"))
}

#[cfg(test)]
mod tests {
    use super::limit_path;

    #[test]
    fn a_refusal_names_the_bound_it_speaks_of() {
        let of = |said: &str| limit_path(said).unwrap_or_default();
        let max = "pods \"a\" is forbidden: maximum memory usage per Container is 256Mi, but limit is 512Mi";
        assert_eq!(of(max), "spec.limits[Container].max.memory");
        let min = "[minimum cpu usage per Pod is 100m, but request is 50m]";
        assert_eq!(of(min), "spec.limits[Pod].min.cpu");
        let ratio = "pods \"a\" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000";
        assert_eq!(of(ratio), "spec.limits[Container].maxLimitRequestRatio.cpu");
        assert_eq!(of("something else per Container"), "");
    }
}
