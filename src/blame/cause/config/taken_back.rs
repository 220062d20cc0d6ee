//! An edit that was put back before anybody read it.

use super::{Reference, is_read, reads};
use crate::blame::peer;
use crate::blame::scene::Scene;
use crate::blame::symptom::Symptom;
use crate::graph::{Edited, Object};
use crate::observe::Fields;
use jiff::Timestamp;

/// Whether a well pod read the very content that the failing run read at `read_by`, though
/// there were edits in between.
pub(super) fn is_taken_back(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    object: &Object,
    reference: &Reference,
    read_by: Timestamp,
) -> bool {
    let Some(read) = content_at(object, read_by) else { return false };
    scene.pods.iter().any(|view| {
        let is_well = peer::was_well(view, scene.now).is_some() && !symptom.is_shown_by(view);
        let before = content_at(object, peer::began(view, symptom));
        is_well
            && reads(view, symptom, reference)
            && before
                .is_some_and(|before| !before.diff(read).iter().any(|d| is_read(reference, d.path)))
    })
}

/// What the object held at a time, as far as its edits were seen; before the first of them it
/// is taken to have held what that one found.
fn content_at(object: &Object, at: Timestamp) -> Option<&Fields> {
    let edits = object.memory.edits.iter().filter_map(|edit| match &edit.what {
        Edited::Fields { before, after } => Some((edit.at, before, after)),
        Edited::Replicas { .. } => None,
    });
    let mut content = None;
    for (edited, before, after) in edits {
        if edited > at {
            return Some(content.unwrap_or(before));
        }
        content = Some(&**after);
    }
    content
}
