//! Every revision that is still there, and what changed between any two of them: what a
//! report has no room for, and people ask for by name.

use super::scene::Scene;
use super::{assemble, change, symptom};
use crate::graph::Graph;
use crate::observe::Uid;
use crate::report::{FieldChange, RevisionEntry};
use jiff::Timestamp;

/// How many revisions are told.
const MAX_REVISIONS: usize = 200;

/// Every revision of a root, newest first; empty when there is no such root.
#[must_use]
pub fn revisions(graph: &Graph, root: &Uid, now: Timestamp) -> Vec<RevisionEntry> {
    let Some(scene) = Scene::gather(graph, root, now, None) else { return Vec::new() };
    let symptoms = symptom::all(&scene);
    let mut room = MAX_REVISIONS;
    let living = (0..scene.revisions.len()).rev();
    let mut entries: Vec<RevisionEntry> = living
        .filter(|at| scene.revisions[*at].carrier.gone.is_none())
        .take(MAX_REVISIONS)
        .map(|at| assemble::entry(&scene, &symptoms, at, &mut room).0)
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.revision));
    entries
}

/// What changed from one revision to another, what people look for first on top.
///
/// # Errors
/// The number that no revision has.
pub fn between(
    graph: &Graph,
    root: &Uid,
    now: Timestamp,
    from: i64,
    to: i64,
) -> Result<Vec<FieldChange>, i64> {
    let scene = Scene::gather(graph, root, now, None).ok_or(from)?;
    let template = |number: i64| {
        let mut all = scene.revisions.iter();
        all.find(|r| r.number == Some(number)).map(|r| r.template.clone()).ok_or(number)
    };
    let (before, after) = (template(from)?, template(to)?);
    let mut diff = before.diff(&after);
    diff.sort_by(|a, b| change::prominence(a.path).cmp(&change::prominence(b.path)));
    Ok(change::all_fields(&diff))
}
