//! Climbing owner references: from any object to its root.

use super::{Graph, Object};
use crate::observe::{Detail, OwnerRef, Uid};

/// How many owners a climb follows; deeper chains end there.
const MAX_CLIMB: usize = 16;

impl Graph {
    /// The root above an object (or itself): the topmost workload of its chain.
    ///
    /// `None` for objects that are no part of any workload. An owner that is not
    /// known, or lives in no namespace, ends the climb.
    #[must_use]
    pub fn root_of(&self, uid: &Uid) -> Option<Uid> {
        let chain = self.climb(uid);
        chain
            .iter()
            .rev()
            .find(|object| self.is_workload(object))
            .map(|object| object.meta.uid.clone())
    }

    /// The object and its controllers, nearest first, as far as they are known.
    #[must_use]
    pub fn climb(&self, uid: &Uid) -> Vec<&Object> {
        let mut chain: Vec<&Object> = Vec::new();
        let mut next = self.object(uid);
        while let Some(object) = next {
            // A cycle is accepted by the API; it ends where it closes.
            if chain.len() >= MAX_CLIMB || chain.iter().any(|seen| seen.meta.uid == object.meta.uid)
            {
                break;
            }
            chain.push(object);
            next = object.meta.controller().and_then(|owner| self.object(&owner.uid)).filter(
                |owner| {
                    owner.meta.namespace == object.meta.namespace && owner.meta.namespace.is_some()
                },
            );
        }
        chain
    }

    /// The owner references above a root, nearest first; the last may name an unknown object.
    #[must_use]
    pub fn owners_above(&self, root: &Uid) -> Vec<&OwnerRef> {
        self.climb(root).into_iter().filter_map(|object| object.meta.controller()).collect()
    }

    /// Whether an object makes revisions or pods itself.
    #[must_use]
    pub fn is_workload(&self, object: &Object) -> bool {
        match &object.detail {
            Detail::Pod(_) | Detail::Workload(_) => true,
            // A kind we do not know is a workload when it directly owns revisions or pods.
            Detail::Plain(_) => self.children(&object.meta.uid).iter().any(|child| {
                matches!(child.detail, Detail::Pod(_) | Detail::ControllerRevision(_))
                    || child.kind() == "ReplicaSet"
            }),
            _ => false,
        }
    }

    /// Every root, by namespace, kind and name; deleted ones left out.
    #[must_use]
    pub fn roots(&self) -> Vec<&Object> {
        let mut roots: Vec<&Object> = self
            .objects()
            .filter(|o| {
                o.gone.is_none()
                    && self.is_workload(o)
                    && self.root_of(&o.meta.uid).as_ref() == Some(&o.meta.uid)
            })
            .collect();
        roots.sort_by(|a, b| {
            let key = |o: &Object| {
                (
                    o.meta.namespace.clone(),
                    o.meta.type_ref.kind.clone(),
                    o.meta.name.clone(),
                    o.meta.uid.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        roots
    }
}
