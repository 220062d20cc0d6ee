//! *Who* wrote a change, from field ownership.
//!
//! A manager is the author only when it owns a field that changed and last wrote
//! at the time of the change. A removal leaves no mark; a field that admission
//! overwrote keeps its old owner and old time; status writers never count. In all
//! these cases the author stays absent.

use super::scene::SLACK;
use crate::observe::{Difference, Meta, Owner, Ownership};
use crate::report::{Author, Via};
use jiff::{SignedDuration, Timestamp};

/// When a change happened, as far as its author must have written then.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// Seen live, between two versions.
    Between(Timestamp, Timestamp),
    /// Known from what followed it, e.g. a `ReplicaSet`'s creation: the owner's last
    /// write may be later, never earlier.
    Since(Timestamp),
}

/// How long a controller may take to follow an edit, in seconds: what a dump shows
/// of an edit is what followed it.
pub(super) const FOLLOW_SECONDS: i64 = 5;

impl When {
    fn admits(self, written: Timestamp) -> bool {
        match self {
            Self::Between(from, to) => from - SLACK <= written && written <= to + SLACK,
            Self::Since(at) => written >= at - SignedDuration::from_secs(FOLLOW_SECONDS),
        }
    }
}

/// The author of a set of changes of one object, and when it wrote them.
pub(super) fn of_changes(
    ownership: &Ownership,
    changes: &[Difference<'_>],
    when: When,
) -> Option<(Author, Timestamp)> {
    let written: Vec<&str> =
        changes.iter().filter(|change| change.to.is_some()).map(|change| change.path).collect();
    of_paths(ownership, &written, when)
}

/// The author of the present values at some paths.
pub(super) fn of_paths(
    ownership: &Ownership,
    paths: &[&str],
    when: When,
) -> Option<(Author, Timestamp)> {
    let mut writers: Vec<&Owner> = Vec::new();
    for path in paths {
        for owner in ownership.of(path) {
            if owner.time.is_some_and(|time| when.admits(time))
                && !writers.iter().any(|w| std::ptr::eq(*w, owner))
            {
                writers.push(owner);
            }
        }
    }
    let first = *writers.first()?;
    // Two managers that both wrote then: which of them made the change cannot be told.
    if writers.iter().any(|other| other.manager != first.manager) {
        return None;
    }
    Some((author(first), writers.iter().filter_map(|w| w.time).max()?))
}

/// The author that an owner's entry names.
pub(super) fn author(owner: &Owner) -> Author {
    Author {
        manager: Some(owner.manager.to_string()),
        operation: (!owner.operation.is_empty()).then(|| owner.operation.to_string()),
        via: None,
        user: None,
    }
}

/// The tool behind a manager, by the marks it leaves on the root.
///
/// Marks are checked against the object they stand on: a copied annotation lies.
pub(super) fn via(meta: &Meta, author: &Author) -> Option<Via> {
    let manager = author.manager.as_deref().unwrap_or_default();
    let label = |key: &str| meta.label(key).map(str::to_owned);
    if let Some(release) = meta.annotation("meta.helm.sh/release-name")
        && (manager.starts_with("helm") || manager == "terraform-provider-helm")
    {
        return Some(Via { kind: "HelmRelease".into(), name: release.to_owned(), revision: None });
    }
    if manager.starts_with("argocd")
        && let Some(id) = meta.annotation("argocd.argoproj.io/tracking-id")
    {
        let (app, target) = id.split_once(':')?;
        return target.ends_with(&*format!("/{}", meta.name)).then(|| Via {
            kind: "Application".into(),
            name: app.to_owned(),
            revision: None,
        });
    }
    for (manager_name, kind, key) in [
        ("kustomize-controller", "Kustomization", "kustomize.toolkit.fluxcd.io/name"),
        ("helm-controller", "HelmRelease", "helm.toolkit.fluxcd.io/name"),
    ] {
        if manager == manager_name
            && let Some(name) = label(key)
        {
            return Some(Via { kind: kind.into(), name, revision: None });
        }
    }
    None
}
