//! A node that joined, and its daemon.

use super::seconds;
use crate::blame::revision::Revision;
use crate::blame::scene::{PodView, Scene};
use crate::blame::symptom::Symptom;
use crate::graph::Object;
use jiff::SignedDuration;

/// How long a node may take to be ready for its daemons, in seconds.
const JOIN_SECONDS: i64 = 300;

/// The node that joined and was given this daemon: it is younger than the revision.
pub(super) fn joined<'g>(
    scene: &Scene<'g>,
    view: &PodView<'_>,
    revision: Option<&Revision<'_>>,
) -> Option<&'g Object> {
    let name = view.pod.node.as_deref().filter(|_| scene.root.kind() == "DaemonSet")?;
    let node = scene.cluster_object("Node", name)?;
    let (made, came) = (node.meta.created?, revision?.activated.at?);
    let is_new = came + SignedDuration::from_secs(1) < made
        && (0..=JOIN_SECONDS).contains(&seconds(made, view.created()));
    is_new.then_some(node)
}

/// The newest node that joined just before its daemon could not be made.
pub(super) fn waits_for_daemon<'g>(
    scene: &Scene<'g>,
    symptom: &Symptom<'_>,
    revision: Option<&Revision<'_>>,
) -> Option<&'g Object> {
    if scene.root.kind() != "DaemonSet" {
        return None;
    }
    let came = revision?.activated.at?;
    let has_daemon = |node: &Object| {
        scene.counting().any(|view| view.pod.node.as_deref() == Some(&*node.meta.name))
    };
    let is_new = |node: &&Object| {
        let just_before = |made| (0..=JOIN_SECONDS).contains(&seconds(made, symptom.first));
        node.gone.is_none()
            && node.meta.created.is_some_and(|made| made > came && just_before(made))
            && !has_daemon(node)
    };
    scene.cluster_objects("Node").into_iter().filter(is_new).max_by_key(|node| node.meta.created)
}
