//! The *lineage* of a revision: what came before it, what it changed, who made it.

use super::author::{self, When};
use super::revision::Revision;
use super::scene::{PodView, SLACK, Scene};
use super::symptom::Symptom;
use crate::graph::{Edit, Edited};
use crate::observe::{Difference, Fields};
use crate::report::Author;
use jiff::{SignedDuration, Timestamp};

/// How many revisions back a cause is looked for.
const MAX_BACK: usize = 5;

/// One step of the lineage: a revision and what it changed against the one before.
pub(super) struct Lineage<'s, 'g> {
    pub(super) at: usize,
    pub(super) revision: &'s Revision<'g>,
    pub(super) before: &'s Fields,
    /// Index of the predecessor, where it is still a revision of its own.
    pub(super) predecessor: Option<usize>,
}

impl<'s> Lineage<'s, '_> {
    /// What the revision changed.
    pub(super) fn changes(&self) -> Vec<Difference<'s>> {
        self.before.diff(&self.revision.template)
    }
}

/// Whether a revision itself brought a change of this sort.
pub(super) fn brought(
    scene: &Scene<'_>,
    at: usize,
    is_it: impl Fn(&Difference<'_>) -> bool,
) -> bool {
    lineage(scene, at).first().is_some_and(|step| step.changes().iter().any(is_it))
}

/// Whether the revision before is lost, so that what this one brought cannot be told.
pub(super) fn is_lost(scene: &Scene<'_>, at: usize) -> bool {
    scene.revisions[at].number > Some(1) && lineage(scene, at).is_empty()
}

/// The revisions from the failing one back, each with its predecessor's template.
pub(super) fn lineage<'s, 'g>(scene: &'s Scene<'g>, at: usize) -> Vec<Lineage<'s, 'g>> {
    let mut steps = Vec::new();
    let mut next = Some(at);
    while let Some(at) = next.filter(|_| steps.len() < MAX_BACK) {
        let revision = &scene.revisions[at];
        let predecessor = predecessor(scene, at);
        let before = match predecessor {
            Some(before) => Some(&*scene.revisions[before].template),
            None => edited_from(scene, revision),
        };
        let Some(before) = before else { break };
        steps.push(Lineage { at, revision, before, predecessor });
        next = predecessor.filter(|p| *p < at);
    }
    steps
}

/// The revision in force before: the next lower number, counting a reused set under
/// its earlier numbers too.
pub(super) fn predecessor(scene: &Scene<'_>, at: usize) -> Option<usize> {
    if scene.revisions[at].carrier.kind() == "Job" {
        // A CronJob's Jobs follow one another in time.
        return at.checked_sub(1).filter(|before| scene.revisions[*before].carrier.kind() == "Job");
    }
    let number = scene.revisions[at].number?;
    scene
        .revisions
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != at)
        .flat_map(|(other, r)| {
            r.number.into_iter().chain(r.earlier.iter().copied()).map(move |n| (n, other))
        })
        .filter(|(n, _)| *n < number)
        .max_by_key(|(n, other)| (*n, *other))
        .map(|(_, other)| other)
}

/// The edit that brought this template to the root, where it was seen.
pub(super) fn edit_of<'s>(scene: &'s Scene<'_>, revision: &Revision<'_>) -> Option<&'s Edit> {
    scene.root.memory.edits.iter().rev().find(
        |edit| matches!(&edit.what, Edited::Fields { after, .. } if **after == *revision.template),
    )
}

/// The template before the edit that made this revision, where the edit was seen.
fn edited_from<'s>(scene: &'s Scene<'_>, revision: &Revision<'_>) -> Option<&'s Fields> {
    match &edit_of(scene, revision)?.what {
        Edited::Fields { before, .. } => Some(before),
        Edited::Replicas { .. } => None,
    }
}

/// Who made a revision and when: from the edit if it was seen, else from what followed it.
pub(super) fn who(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    before: &Fields,
) -> (Option<Author>, Option<Timestamp>, Option<Timestamp>) {
    let diff = before.diff(&revision.template);
    let edit = edit_of(scene, revision);
    let found = match edit {
        Some(edit) => {
            author::of_changes(&edit.ownership, &diff, When::Between(edit.not_before, edit.at))
        }
        // In a dump only the last writer of each field is known, so only of what stands now.
        None if revision.current => {
            let made = made_since(scene, revision);
            let standing = scene.workload().map_or(&*revision.template, |w| &*w.template);
            // A later edit that no revision carries yet, or that is held, is another's.
            let stands: Vec<_> =
                diff.iter().filter(|d| standing.get(d.path) == d.to).copied().collect();
            let is_all = stands.len() == diff.len();
            let found = made.filter(|_| is_all).and_then(|made| {
                author::of_changes(&scene.root.ownership, &stands, When::Since(made))
            });
            // A run was made of what stood then: a later edit is none of its.
            let is_run = revision.carrier.kind() == "Job";
            let created = revision.carrier.meta.created;
            found.filter(|(_, at)| !is_run || created.is_none_or(|made| *at <= made + SLACK))
        }
        None => None,
    };
    let seen = edit.map(|edit| (edit.not_before, edit.at));
    let (author, written) = found.map_or((None, None), |(author, at)| (Some(author), Some(at)));
    let author =
        author.map(|author| Author { via: author::via(&scene.root.meta, &author), ..author });
    // Who made a revision of before may stand in an earlier report only.
    let author =
        author.or_else(|| super::remember::revision(scene, revision).and_then(|r| r.by.clone()));
    let audited = audited(scene, revision, edit);
    let (author, written) = match audited {
        Some((user, at)) => {
            let known = author.unwrap_or_default();
            (Some(Author { user: Some(user), ..known }), written.or(Some(at)))
        }
        None => (author, written),
    };
    let followed = revision.activated.at;
    // The writer's own time is exact; what followed it is at most seconds later, or long before a later write.
    let time = match (edit, written, followed) {
        (Some(edit), written, _) => written.or(Some(edit.at)),
        (None, Some(written), Some(followed)) => Some(written.min(followed)),
        (None, written, followed) => written.or(followed),
    };
    (author, time, seen.map(|(from, _)| from).filter(|_| written.is_none()))
}

/// The only user that wrote the root when the revision came, by the audit log.
fn audited(
    scene: &Scene<'_>,
    revision: &Revision<'_>,
    edit: Option<&Edit>,
) -> Option<(String, Timestamp)> {
    let (from, to) = match (edit, revision.carrier.meta.created) {
        (Some(edit), _) => (edit.not_before, edit.at),
        // What made the carrier followed the edit within seconds.
        (None, Some(made)) if !revision.is_reused() => {
            (made - SignedDuration::from_secs(author::FOLLOW_SECONDS), made)
        }
        _ => return None,
    };
    let writes = scene.graph.writers(scene.root, from - SLACK, to + SLACK);
    let first = *writes.first()?;
    writes.iter().all(|w| w.user == first.user).then(|| (first.user.to_string(), first.at))
}

/// The earliest a current revision can have come into force, as a dump shows it: its
/// carrier's creation, or for a set used again the creation of what it replaced.
fn made_since(scene: &Scene<'_>, revision: &Revision<'_>) -> Option<Timestamp> {
    if revision.carrier.kind() == "Job" {
        // A CronJob may have been edited at any time since the run before.
        let at = scene.revisions.iter().position(|r| std::ptr::eq(r, revision))?;
        let before = predecessor(scene, at).and_then(|p| scene.revisions[p].carrier.meta.created);
        return before.or(revision.carrier.meta.created);
    }
    if !revision.is_reused() {
        return revision.carrier.meta.created;
    }
    let others = scene.revisions.iter().filter(|r| r.carrier.meta.uid != revision.carrier.meta.uid);
    revision.activated.at.or(others.filter_map(|r| r.carrier.meta.created).max())
}

/// Who created the root: the owner of its template that wrote when it was made.
pub(super) fn first_author(scene: &Scene<'_>, revision: &Revision<'_>) -> Option<Author> {
    // Of a template that was edited since only the editor is known.
    if scene.workload().is_some_and(|w| w.template != revision.template) {
        return None;
    }
    let everything = Fields::default();
    let made = revision.carrier.meta.created.or(scene.root.meta.created)?;
    let (author, _) = author::of_changes(
        &scene.root.ownership,
        &everything.diff(&revision.template),
        When::Since(made),
    )?;
    Some(Author { via: author::via(&scene.root.meta, &author), ..author })
}

/// Whether a revision that is in force again was so before, and nothing says that it failed
/// in this way then: what it lacks now it had.
pub(super) fn was_borne(scene: &Scene<'_>, symptom: &Symptom<'_>, at: usize) -> bool {
    let revision = &scene.revisions[at];
    let failed = |view: &PodView<'_>| {
        view.revision == Some(at)
            && revision.is_older_than_return(view.created())
            && symptom.is_shown_by(view)
    };
    revision.is_reused() && !scene.pods.iter().any(failed)
}
