//! Every object by its UID, and which of them bears which name.

use super::Object;
use crate::observe::{Meta, TypeRef, Uid, unique_name};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// Every object by its UID: the objects know their UIDs, so the table holds no second copy.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Boxed, since a table keeps room for many that are not there.
    table: HashTable<Box<Object>>,
    hasher: RandomState,
}

impl Objects {
    pub(super) fn get(&self, uid: &Uid) -> Option<&Object> {
        let hash = self.hasher.hash_one(uid);
        self.table.find(hash, |object| object.meta.uid == *uid).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, uid: &Uid) -> Option<&mut Object> {
        let hash = self.hasher.hash_one(uid);
        self.table.find_mut(hash, |object| object.meta.uid == *uid).map(Box::as_mut)
    }

    pub(super) fn insert(&mut self, object: Box<Object>) {
        let (hasher, uid) = (&self.hasher, &object.meta.uid);
        let entry = self.table.entry(
            hasher.hash_one(uid),
            |other| other.meta.uid == *uid,
            |other| hasher.hash_one(&other.meta.uid),
        );
        match entry {
            Entry::Occupied(mut known) => *known.get_mut() = object,
            Entry::Vacant(place) => _ = place.insert(object),
        }
    }

    pub(super) fn remove(&mut self, uid: &Uid) -> Option<Box<Object>> {
        let hash = self.hasher.hash_one(uid);
        let known = self.table.find_entry(hash, |object| object.meta.uid == *uid).ok()?;
        Some(known.remove().0)
    }

    /// In no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.table.iter().map(Box::as_ref)
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }
}

/// The name by which an object's kind is looked up: that of a watched kind is its own only
/// where the group is the same.
pub(super) fn lookup_kind(type_ref: &TypeRef) -> Arc<str> {
    unique_name(&type_ref.kind, type_ref.group()).map_or_else(|| type_ref.kind.clone(), Into::into)
}

/// The namespace of what lives in none: no namespace is called so.
const NO_NAMESPACE: &str = "";

/// Which object bears a name, by kind and namespace.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<Arc<str>, BTreeMap<Arc<str>, Bearers>>);

/// The bearers of the names of one kind in one namespace.
type Bearers = BTreeMap<Arc<str>, Uid>;

impl Names {
    pub(super) fn get(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Uid> {
        self.0.get(kind)?.get(namespace.unwrap_or(NO_NAMESPACE))?.get(name)
    }

    /// The bearer of an object's name.
    pub(super) fn bearer(&self, meta: &Meta) -> Option<&Uid> {
        self.get(&lookup_kind(&meta.type_ref), meta.namespace.as_deref(), &meta.name)
    }

    /// Gives an object's name to it.
    pub(super) fn give(&mut self, meta: &Meta) {
        let namespace = meta.namespace.clone().unwrap_or_else(|| NO_NAMESPACE.into());
        let of_kind = self.0.entry(lookup_kind(&meta.type_ref)).or_default();
        of_kind.entry(namespace).or_default().insert(Arc::clone(&meta.name), meta.uid.clone());
    }

    /// Takes an object's name from it, where it bears it.
    pub(super) fn take(&mut self, meta: &Meta) {
        if self.bearer(meta) != Some(&meta.uid) {
            return;
        }
        let kind = lookup_kind(&meta.type_ref);
        let namespace = meta.namespace.as_deref().unwrap_or(NO_NAMESPACE);
        if let Some(of_kind) = self.0.get_mut(&kind)
            && let Some(bearers) = of_kind.get_mut(namespace)
        {
            bearers.remove(&meta.name);
            if bearers.is_empty() {
                of_kind.remove(namespace);
            }
        }
    }

    /// Every bearer of a kind in a namespace, by name.
    pub(super) fn all(&self, kind: &str, namespace: Option<&str>) -> impl Iterator<Item = &Uid> {
        let of_kind = self.0.get(kind);
        let bearers = of_kind.and_then(|all| all.get(namespace.unwrap_or(NO_NAMESPACE)));
        bearers.into_iter().flat_map(BTreeMap::values)
    }

    /// The bearers of one name, by namespace.
    pub(super) fn anywhere(&self, kind: &str, name: &str) -> impl Iterator<Item = &Uid> {
        self.0.get(kind).into_iter().flat_map(BTreeMap::values).filter_map(move |b| b.get(name))
    }
}
