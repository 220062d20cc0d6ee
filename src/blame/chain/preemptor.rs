//! The workload whose pod took another's place, and what gave it the right or the need to.
//!
//! *Sees*: the preemptor that the scheduler's event names, its root, and whether the revision
//! that made it raised its priority or what it asks for.
//! *Near miss*: a preemptor that its own rollout did not make, or whose revision changed something
//! else: then it is only named. One of a namespace that is not read, or a bare pod, is not followed.

use super::super::cause::preemptor;
use super::super::scene::{Scene, object_ref};
use super::super::step::asks_for_less;
use super::super::symptom::Symptom;
use super::super::{change, lineage, peer};
use super::link;
use crate::graph::Object;
use crate::report::{Cause, CauseClass};

/// How long after its revision a pod was made if the revision's rollout made it, in seconds.
const ROLLOUT_SECONDS: i64 = 600;

/// Whose pod it was that took the place.
pub(super) fn behind(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Option<Cause> {
    let named = preemptor(scene, symptom.first_instance()?)?;
    let by_name = || scene.named_in("Pod", named.namespace.as_deref()?, &named.name);
    let known = named.uid.as_ref().and_then(|uid| scene.graph.object(uid));
    let pod = known.or_else(by_name)?;
    let root = scene.graph.object(&scene.graph.root_of(&pod.meta.uid)?)?;
    let is_followed = root.meta.uid != scene.root.meta.uid && root.kind() != "Pod";
    let root = Some(root).filter(|_| is_followed)?;
    scene.has_asked(root);
    let is_own = root.meta.namespace == scene.root.meta.namespace;
    // Another namespace's objects are shown by kind only.
    let name = if is_own {
        format!("{} {}", root.kind(), root.meta.name)
    } else {
        format!("a {} of another namespace", root.kind())
    };
    let cause = raised(scene, root, pod).map(|(raised, what)| {
        let number = raised.revision.unwrap_or_default();
        let what = if is_own { format!(" ({what})") } else { String::new() };
        let what = format!("its place went to {name}, for its revision {number}{what}");
        let by = raised.by.clone().filter(|_| is_own);
        let link = link(scene, raised.class, Some(object_ref(root)), &what, None);
        Cause { revision: raised.revision, by, time: raised.time, ..link }
    });
    Some(cause.unwrap_or_else(|| {
        let what = format!("its place went to {name}");
        link(scene, CauseClass::Preemption, Some(object_ref(root)), &what, None)
    }))
}

/// The revision that made the preemptor, where it raised its priority or what it asks for.
fn raised(scene: &Scene<'_>, root: &Object, pod: &Object) -> Option<(Cause, String)> {
    let other = Scene::gather(scene.graph, &root.meta.uid, scene.now, None)?;
    let view = other.pods.iter().find(|view| view.object.meta.uid == pod.meta.uid)?;
    let steps = lineage::lineage(&other, view.revision?);
    let step = steps.first()?;
    let came = step.revision.activated.at?;
    if peer::seconds(came, view.created()) > ROLLOUT_SECONDS {
        return None;
    }
    let mut changes = step.changes();
    changes.retain(|d| {
        let is_priority = matches!(d.path, "priorityClassName" | "priority");
        let is_request = d.path.contains(".resources.requests.") && !asks_for_less(d);
        d.to.is_some() && (is_priority || is_request)
    });
    if changes.is_empty() {
        return None;
    }
    let (by, time, _) = lineage::who(&other, step.revision, step.before);
    let cause = Cause {
        revision: Some(step.revision.number?),
        by,
        time: time.map(Into::into),
        ..link(scene, step.revision.class(), None, "", None)
    };
    Some((cause, change::phrase(&changes)))
}
