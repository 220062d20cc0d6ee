//! Which webhooks and policies may have changed a pod as it was made.
//!
//! Rules, namespace selector and object selector are matched as the API server does
//! (kubernetes `apiserver/pkg/admission/plugin/webhook/predicates`); a match condition
//! is not evaluated and counts as met. What was made after the pod cannot have changed it.

use super::scene::{PodView, Scene, object_ref};
use crate::graph::Object;
use crate::observe::{Fields, Meta};
use crate::report::ObjectRef;

/// The only configuration or policy that may have added a container; `None` where none
/// or several may, or where their kinds are not known.
pub(super) fn only_injector(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    container: &str,
) -> Option<ObjectRef> {
    let name = scene.root.meta.namespace.as_deref()?;
    let namespace = scene.cluster_object("Namespace", name).map(|n| &n.meta);
    let mut found: Vec<&Object> = Vec::new();
    for object in scene.cluster_objects("MutatingWebhookConfiguration") {
        let Some(fields) = object.plain_fields().filter(|_| was_there(object, view)) else {
            continue;
        };
        let hooks: Vec<String> =
            fields.keys("webhooks").map(|hook| format!("webhooks[{hook}].")).collect();
        let matches = |hook: &String| {
            makes_pods(fields, &format!("{hook}rules"))
                && selects(fields, &format!("{hook}namespaceSelector."), namespace)
                && selects(fields, &format!("{hook}objectSelector."), Some(&view.object.meta))
        };
        if hooks.iter().any(matches) {
            found.push(object);
        }
    }
    let policies: Vec<&Object> = scene
        .cluster_objects("MutatingAdmissionPolicy")
        .into_iter()
        .filter(|policy| was_there(policy, view) && is_bound(scene, policy, view, namespace))
        .collect();
    // A policy tells what it adds: of several that match, the one that names the container.
    let names = |policy: &&Object| {
        policy.plain_fields().is_some_and(|f| {
            f.under("spec.mutations")
                .any(|(_, leaf)| leaf.shown().is_some_and(|text| text.contains(container)))
        })
    };
    let told = policies.iter().any(|policy| {
        policy.plain_fields().is_some_and(|f| f.under("spec.mutations").next().is_some())
    });
    found.extend(policies.into_iter().filter(|policy| !told || names(policy)));
    if let [only] = found.as_slice() { Some(object_ref(only)) } else { None }
}

/// Whether it was there when the pod was made.
fn was_there(object: &Object, view: &PodView<'_>) -> bool {
    object.meta.created.is_none_or(|made| made <= view.created())
        && object.gone.is_none_or(|gone| gone > view.created())
}

/// Whether one of the rules under a path lets through the creation of pods.
fn makes_pods(fields: &Fields, rules: &str) -> bool {
    let says = |rule: &str, field: &str, wanted: &[&str]| {
        let path = format!("{rules}[{rule}].{field}[");
        let mut any = fields.under(&path).filter_map(|(_, leaf)| leaf.shown()).peekable();
        any.any(|value| wanted.contains(&value))
    };
    let mut indexes: Vec<&str> = fields.keys(rules).collect();
    indexes.dedup();
    indexes.into_iter().any(|rule| {
        says(rule, "operations", &["CREATE", "*"])
            && says(rule, "apiGroups", &["", "*"])
            && says(rule, "resources", &["pods", "*", "*/*"])
    })
}

/// Whether a label selector under a path selects; one that is not there selects all.
fn selects(fields: &Fields, selector: &str, meta: Option<&Meta>) -> bool {
    let labels = format!("{selector}matchLabels.");
    let equal = fields.under(&labels).all(|(path, leaf)| {
        let key = path.strip_prefix(&*labels).unwrap_or_default();
        meta.is_none_or(|meta| meta.label(key) == leaf.shown())
    });
    let expressions = format!("{selector}matchExpressions");
    equal
        && fields.keys(&expressions).all(|key| {
            let at = format!("{expressions}[{key}].");
            let values: Vec<&str> = fields
                .under(&format!("{at}values["))
                .filter_map(|(_, leaf)| leaf.shown())
                .collect();
            let Some(meta) = meta else { return true };
            let own = meta.label(key);
            match fields.text(&format!("{at}operator")) {
                Some("In") => own.is_some_and(|own| values.contains(&own)),
                Some("NotIn") => own.is_none_or(|own| !values.contains(&own)),
                Some("Exists") => own.is_some(),
                Some("DoesNotExist") => own.is_none(),
                _ => true,
            }
        })
}

/// Whether a policy and one of its bindings both match the pod.
fn is_bound(
    scene: &Scene<'_>,
    policy: &Object,
    view: &PodView<'_>,
    namespace: Option<&Meta>,
) -> bool {
    let matches = |fields: &Fields, at: &str| {
        selects(fields, &format!("{at}namespaceSelector."), namespace)
            && selects(fields, &format!("{at}objectSelector."), Some(&view.object.meta))
    };
    let Some(own) = policy.plain_fields() else { return false };
    if !makes_pods(own, "spec.matchConstraints.resourceRules")
        || !matches(own, "spec.matchConstraints.")
    {
        return false;
    }
    scene.cluster_objects("MutatingAdmissionPolicyBinding").into_iter().any(|binding| {
        was_there(binding, view)
            && binding.plain_fields().is_some_and(|fields| {
                fields.text("spec.policyName") == Some(&policy.meta.name)
                    && matches(fields, "spec.matchResources.")
            })
    })
}
