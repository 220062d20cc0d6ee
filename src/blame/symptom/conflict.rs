//! Two writers that undo each other's edits of the root.
//!
//! *Sees*: the newest edits of the replica count, or of the template, each of which takes
//! back the one before, by two owners in turns. *Step*: Create (what is wanted is not
//! settled). *Near miss*: a scale-up taken back once; two edits by one writer.

use super::{Detail, Severity, Symptom};
use crate::blame::scene::Scene;
use crate::blame::step::Step;
use crate::graph::{Edit, Edited};
use jiff::SignedDuration;

/// How many edits in turns make a fight.
const TURNS: usize = 4;
/// Within how long they must have happened, in seconds.
const WITHIN_SECONDS: i64 = 1_800;

pub(super) fn see<'g>(scene: &Scene<'g>, _: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    let Some(fight) = of_root(scene) else { return Vec::new() };
    let current = scene.current().map(|(at, _)| at);
    let mut symptom =
        Symptom::of_root(Step::Create, REASON, current, fight.first.at, fight.last.at).saying(
            Some(&format!(
                "{} and {} write {} in turns",
                fight.writers.0, fight.writers.1, fight.path
            )),
        );
    symptom.detail = Detail::Plain;
    symptom.severity = Severity::Stuck;
    vec![symptom]
}

/// The word for it.
pub(in crate::blame) const REASON: &str = "Conflict";

/// Two writers and what they fight over.
pub(in crate::blame) struct Fight<'g> {
    pub(in crate::blame) path: String,
    pub(in crate::blame) writers: (String, String),
    pub(in crate::blame) first: &'g Edit,
    pub(in crate::blame) last: &'g Edit,
}

/// The fight over the root, where there is one now.
pub(in crate::blame) fn of_root<'g>(scene: &Scene<'g>) -> Option<Fight<'g>> {
    let edits = &scene.root.memory.edits;
    let replicas: Vec<&Edit> =
        edits.iter().filter(|e| matches!(e.what, Edited::Replicas { .. })).collect();
    let fields: Vec<&Edit> =
        edits.iter().filter(|e| matches!(e.what, Edited::Fields { .. })).collect();
    [replicas, fields].into_iter().find_map(|edits| of_edits(scene, &edits))
}

fn of_edits<'g>(scene: &Scene<'g>, edits: &[&'g Edit]) -> Option<Fight<'g>> {
    let newest = edits.get(edits.len().checked_sub(TURNS)?..)?;
    let (first, last) = (*newest.first()?, *newest.last()?);
    let since = scene.now - SignedDuration::from_secs(WITHIN_SECONDS);
    let takes_back = |pair: &[&Edit]| match (&pair[0].what, &pair[1].what) {
        (Edited::Replicas { from, .. }, Edited::Replicas { to, .. }) => from == to,
        (Edited::Fields { before, .. }, Edited::Fields { after, .. }) => before == after,
        _ => false,
    };
    if first.at < since || !newest.windows(2).all(takes_back) {
        return None;
    }
    let path = match &last.what {
        Edited::Replicas { .. } => "spec.replicas".to_owned(),
        Edited::Fields { before, after } => before.diff(after).first()?.path.to_owned(),
    };
    let writers: Option<Vec<String>> = newest.iter().map(|edit| writer(edit, &path)).collect();
    let writers = writers?;
    let in_turns = writers.windows(3).all(|w| w[0] == w[2] && w[0] != w[1]);
    let (one, two) = (writers.first()?.clone(), writers.get(1)?.clone());
    in_turns.then_some(Fight { path, writers: (one, two), first, last })
}

/// Who owns the field after an edit; a shared owner tells nothing.
fn writer(edit: &Edit, path: &str) -> Option<String> {
    let scale = edit.ownership.owners.iter().filter(|o| &*o.subresource == "scale" && o.owns(path));
    let mut owners: Vec<String> =
        edit.ownership.of(path).chain(scale).map(|owner| owner.manager.to_string()).collect();
    owners.sort();
    owners.dedup();
    if owners.len() == 1 { owners.pop() } else { None }
}
