//! The reports as they stand in the cluster.

use super::name::Key;
use crate::observe::Uid;
use crate::report::{RootRef, Status};
use crate::watch::SeenReport;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A report that stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// UID of the report.
    pub(super) uid: String,
    /// Resource version of the newest known state.
    pub(super) version: String,
    /// Generation of the report.
    pub(super) generation: i64,
    /// What it claims to be about.
    pub(super) root: Option<RootRef>,
    /// Whose it is.
    pub(super) owned: Owned,
    /// What it says; `None` when it says nothing that can be read.
    pub(super) status: Option<Arc<Status>>,
    list: u64,
}

impl Standing {
    /// Whether it is about this root.
    pub(super) fn is_about(&self, uid: &Uid) -> bool {
        self.root.as_ref().is_some_and(|root| Uid::new(&root.uid) == *uid)
    }
}

/// Whose a report is, by its owner references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    /// Its only owner is its root, plainly: it goes when the root goes.
    Plainly,
    /// Nobody's.
    ByNobody,
    /// Somebody else's too, which only making it anew sets right.
    Otherwise,
}

/// Every report that stands.
#[derive(Debug, Default)]
pub(super) struct Reports {
    standing: BTreeMap<Key, Standing>,
    by_root: HashMap<Uid, Key>,
    lists: BTreeMap<Option<Arc<str>>, u64>,
    count: u64,
}

impl Reports {
    /// A full list begins, of one namespace or of all.
    pub(super) fn begin_list(&mut self, namespace: Option<Arc<str>>) {
        self.count += 1;
        self.lists.insert(namespace, self.count);
    }

    /// It ended. Returns the reports that it did not name.
    pub(super) fn end_list(&mut self, namespace: Option<&Arc<str>>) -> Vec<Key> {
        let Some(list) = self.lists.get(&namespace.cloned()) else { return Vec::new() };
        let unnamed = self.standing.iter().filter(|(key, report)| {
            namespace.is_none_or(|namespace| key.namespace == *namespace) && report.list < *list
        });
        unnamed.map(|(key, _)| key.clone()).collect()
    }

    /// The report under a name.
    pub(super) fn get(&self, key: &Key) -> Option<&Standing> {
        self.standing.get(key)
    }

    /// The report about a root, under whatever name.
    pub(super) fn about(&self, root: &Uid) -> Option<&Standing> {
        self.standing.get(self.by_root.get(root)?).filter(|report| report.is_about(root))
    }

    /// A report was seen. Returns its name when it says something new.
    pub(super) fn seen(&mut self, seen: SeenReport) -> Option<Key> {
        let key = key_of(&seen)?;
        let list = self.count;
        let uid = seen.meta.uid.unwrap_or_default();
        let version = seen.meta.resource_version.unwrap_or_default();
        if let Some(known) = self.standing.get_mut(&key) {
            known.list = list;
            // What we wrote comes back, and so may what stood before it.
            if known.uid == uid && !is_newer(&version, &known.version) {
                return None;
            }
        }
        let owners = seen.meta.owner_references.unwrap_or_default();
        let report = Standing {
            uid,
            version,
            generation: seen.meta.generation.unwrap_or(1),
            owned: owned(&owners, seen.root.as_ref()),
            root: seen.root,
            status: seen.status.map(Arc::new),
            list,
        };
        self.insert(key.clone(), report);
        Some(key)
    }

    /// A report was deleted. Returns its name when that was not known.
    pub(super) fn gone(&mut self, seen: &SeenReport) -> Option<Key> {
        let key = key_of(seen)?;
        let uid = seen.meta.uid.as_deref().unwrap_or_default();
        let is_it = self.standing.get(&key).is_some_and(|known| known.uid == uid);
        is_it.then(|| self.remove(&key)).map(|()| key)
    }

    /// A report was written by us.
    pub(super) fn wrote(
        &mut self,
        key: Key,
        root: RootRef,
        (uid, version, generation): (String, String, i64),
        status: Arc<Status>,
    ) {
        if let Some(known) = self.standing.get(&key)
            && known.uid == uid
            && is_newer(&known.version, &version)
        {
            // Somebody was faster after us; their version is what stands.
            return;
        }
        let list = self.count;
        let (root, status, owned) = (Some(root), Some(status), Owned::Plainly);
        self.insert(key, Standing { uid, version, generation, root, owned, status, list });
    }

    /// A report no longer stands.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(report) = self.standing.remove(key) else { return };
        let Some(root) = report.root.map(|root| Uid::new(&root.uid)) else { return };
        if self.by_root.get(&root) == Some(key) {
            self.by_root.remove(&root);
        }
    }

    /// Every name under which a report stands.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.standing.keys()
    }

    /// Forgets everything: the CRD is gone, and every report with it.
    pub(super) fn clear(&mut self) {
        self.standing.clear();
        self.by_root.clear();
    }

    fn insert(&mut self, key: Key, report: Standing) {
        if let Some(root) = &report.root {
            self.by_root.insert(Uid::new(&root.uid), key.clone());
        }
        self.standing.insert(key, report);
    }
}

fn key_of(seen: &SeenReport) -> Option<Key> {
    let namespace = seen.meta.namespace.as_deref()?.into();
    Some(Key { namespace, name: seen.meta.name.as_deref()?.into() })
}

fn owned(owners: &[OwnerReference], root: Option<&RootRef>) -> Owned {
    match owners {
        [] => Owned::ByNobody,
        [owner]
            if root.is_some_and(|root| root.uid == owner.uid)
                && !owner.controller.unwrap_or(false) =>
        {
            Owned::Plainly
        }
        _ => Owned::Otherwise,
    }
}

/// Resource versions are numbers in every API server; where not, a different one is newer.
fn is_newer(version: &str, than: &str) -> bool {
    match (version.parse::<u64>(), than.parse::<u64>()) {
        (Ok(version), Ok(than)) => version > than,
        _ => version != than,
    }
}
