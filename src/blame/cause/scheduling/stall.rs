//! Who empties a node that is closed, and that it does not get on.
//!
//! *Sees*: what Karpenter says of the node (kubernetes-sigs/karpenter
//! `pkg/controllers/disruption/events`, `pkg/controllers/node/termination`). It is a word on how
//! long the node stays closed, and no cause: what it says of a budget concerns the pods that stay.
//! *Near miss*: the same words of a node that is open, which Karpenter says every few minutes.

use crate::blame::scene::Scene;
use crate::observe::{Event, line};
use crate::report::{Evidence, ObjectRef};

/// What is said of a node that cannot be emptied.
const STALLED: &[&str] = &["DisruptionBlocked", "FailedDraining"];

/// What keeps the node from being emptied, in the words of whoever empties it.
pub(super) fn word(scene: &Scene<'_>, node: &ObjectRef) -> Option<Evidence> {
    let name = node.name.as_deref().filter(|_| node.kind == "Node")?;
    let is_word = |e: &&Event| STALLED.contains(&&*e.reason) && &*e.source == "karpenter";
    let said = scene.events_of_node(name).iter().filter(is_word).max_by_key(|e| e.last)?;
    let own = scene.root.meta.namespace.as_deref().unwrap_or_default();
    Some(Evidence {
        object: node.clone(),
        field: format!("events[{}]", said.reason),
        value: Some(line(&without_others(&said.message, own), 256)),
        time: said.last.map(Into::into),
    })
}

/// A sentence without the names of other namespaces' objects: `default/web` stays where `default`
/// is the own namespace. What has a dot before its slash is a label's or an annotation's key.
fn without_others(said: &str, own: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    let mut shown = String::with_capacity(said.len());
    let mut rest = said;
    while let Some(from) = rest.find(is_name) {
        let (before, word) = rest.split_at(from);
        let (word, after) = word.split_at(word.find(|c| !is_name(c)).unwrap_or(word.len()));
        shown.push_str(before);
        let namespace = word.split_once('/').map(|(namespace, _)| namespace);
        let is_other =
            namespace.is_some_and(|namespace| namespace != own && !namespace.contains('.'));
        shown.push_str(if is_other { "another namespace" } else { word });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::without_others;

    #[test]
    fn names_of_other_namespaces_are_left_out() {
        let of = |said: &str| without_others(said, "shop");
        assert_eq!(
            of("Cannot disrupt Node: PDB \"kube-system/ebs-csi\" prevents pod evictions"),
            "Cannot disrupt Node: PDB \"another namespace\" prevents pod evictions"
        );
        assert_eq!(
            of("Pdb prevents pod evictions (PodDisruptionBudget=[shop/web])"),
            "Pdb prevents pod evictions (PodDisruptionBudget=[shop/web])"
        );
        assert_eq!(
            of("Pod \"other/x\" has \"karpenter.sh/do-not-disrupt\" annotation"),
            "Pod \"another namespace\" has \"karpenter.sh/do-not-disrupt\" annotation"
        );
    }
}
