//! Who sets the replica count of the root.

use super::super::scene::{Scene, object_ref};
use crate::graph::Object;
use crate::observe::{Fields, OwnerRef};
use crate::report::{ObjectRef, Trigger, TriggerClass};
use jiff::Timestamp;

/// The managers that write `/scale` for an autoscaler: the controller manager for a
/// `HorizontalPodAutoscaler` (kubernetes `pkg/controller/podautoscaler`), KEDA's operator from
/// and to zero (keda `pkg/scaling/executor`).
const AUTOSCALERS: &[&str] = &["kube-controller-manager", "keda", "keda-operator"];

/// The trigger of a pod that a scale-up made.
pub(super) fn trigger(scene: &Scene<'_>, at: Option<Timestamp>) -> Trigger {
    let class = class(scene.root);
    let object =
        Some(class).filter(|class| *class == TriggerClass::Autoscaler).and_then(|_| of(scene));
    let object = object.unwrap_or_else(|| object_ref(scene.root));
    Trigger { class, object: Some(object), time: at.map(Into::into) }
}

/// The trigger of a pod that an autoscaler is known to have asked for.
pub(super) fn by_autoscaler(scene: &Scene<'_>, at: Timestamp) -> Trigger {
    let object = of(scene).unwrap_or_else(|| object_ref(scene.root));
    Trigger { class: TriggerClass::Autoscaler, object: Some(object), time: Some(at.into()) }
}

/// Who wrote the replica count last.
fn class(root: &Object) -> TriggerClass {
    let is_autoscaler = writers(root).any(|manager| AUTOSCALERS.contains(&manager));
    if is_autoscaler { TriggerClass::Autoscaler } else { TriggerClass::Scale }
}

/// Whether the replica count is written through `/scale`.
pub(super) fn is_by_subresource(root: &Object) -> bool {
    writers(root).next().is_some()
}

fn writers(root: &Object) -> impl Iterator<Item = &str> {
    let owners = root.ownership.owners.iter();
    owners
        .filter(|owner| &*owner.subresource == "scale" && owner.owns("spec.replicas"))
        .map(|owner| &*owner.manager)
}

/// The root's autoscaler; what made it stands for it, where it is owned (KEDA's `ScaledObject`).
fn of(scene: &Scene<'_>) -> Option<ObjectRef> {
    let autoscaler = autoscalers(scene).next().map(|(object, _)| object)?;
    Some(
        autoscaler
            .meta
            .controller()
            .map_or_else(|| object_ref(autoscaler), |owner| owner_ref(autoscaler, owner)),
    )
}

/// The owner of an object, as a report names it.
pub(super) fn owner_ref(object: &Object, owner: &OwnerRef) -> ObjectRef {
    ObjectRef {
        api_version: Some(owner.type_ref.api_version.to_string()),
        kind: owner.type_ref.kind.to_string(),
        namespace: object.meta.namespace.as_deref().map(str::to_owned),
        name: Some(owner.name.to_string()),
        uid: Some(owner.uid.to_string()),
    }
}

/// When an autoscaler of the root last changed the replica count.
pub(super) fn last_scaled<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = Timestamp> + 's {
    autoscalers(scene).filter_map(|(_, fields)| {
        fields.text("status.lastScaleTime").and_then(|at| at.parse().ok())
    })
}

fn autoscalers<'g>(scene: &Scene<'g>) -> impl Iterator<Item = (&'g Object, &'g Fields)> {
    let (kind, name) = (scene.root.kind(), &*scene.root.meta.name);
    let all = scene.all("HorizontalPodAutoscaler").into_iter();
    all.filter_map(|object| Some((object, object.plain_fields()?))).filter(
        move |(object, fields)| {
            object.gone.is_none()
                && fields.text("spec.scaleTargetRef.name") == Some(name)
                && fields.text("spec.scaleTargetRef.kind") == Some(kind)
        },
    )
}
