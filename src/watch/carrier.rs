//! The types that kube's watcher carries: what it needs of an object, and what we keep.
//!
//! serde reads the wire form and trims it in one go, so that no object is ever
//! held whole; kube itself sees only the four fields of the metadata it works with.

use super::Item;
use crate::observe::{Detail, KindInfo, Observed, Secret, Watched, WireMeta, WirePlain};
use crate::publish::REPORTER;
use kube::api::ObjectMeta;
use kube::core::DynamicResourceScope;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What kube asks of an object whose kind is known at run time only; it has its metadata in
/// `meta`. The last argument says whether metadata alone is asked for.
macro_rules! dynamic_resource {
    (impl [$($generics:tt)*] $type:ty, $metadata:expr) => {
        impl<$($generics)*> kube::Resource for $type {
            type DynamicType = kube::api::ApiResource;
            type Scope = kube::core::DynamicResourceScope;

            fn kind(resource: &Self::DynamicType) -> std::borrow::Cow<'_, str> {
                resource.kind.as_str().into()
            }
            fn group(resource: &Self::DynamicType) -> std::borrow::Cow<'_, str> {
                resource.group.as_str().into()
            }
            fn version(resource: &Self::DynamicType) -> std::borrow::Cow<'_, str> {
                resource.version.as_str().into()
            }
            fn plural(resource: &Self::DynamicType) -> std::borrow::Cow<'_, str> {
                resource.plural.as_str().into()
            }
            fn metadata_api() -> bool {
                $metadata
            }
            fn meta(&self) -> &kube::api::ObjectMeta {
                &self.meta
            }
            fn meta_mut(&mut self) -> &mut kube::api::ObjectMeta {
                &mut self.meta
            }
        }
    };
}
pub(crate) use dynamic_resource;

/// What can be followed.
pub trait Carried:
    kube::Resource<DynamicType: Clone + fmt::Debug + Send + Sync, Scope = DynamicResourceScope>
    + Clone
    + fmt::Debug
    + DeserializeOwned
    + Send
    + 'static
{
    /// What the controller is told of it; `None` for what is of no concern.
    fn into_item(self, kind: &KindInfo) -> Option<Item>;
}

/// An object of a kind that is decoded.
pub struct Carrier<W: Watched> {
    observed: Observed,
    meta: ObjectMeta,
    kind: PhantomData<fn() -> W>,
}

/// The fields that kube's watcher needs.
fn key(meta: &WireMeta) -> ObjectMeta {
    let (name, namespace, _, resource_version) = meta.key();
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: namespace.map(str::to_owned),
        resource_version: Some(resource_version.to_owned()),
        ..ObjectMeta::default()
    }
}

impl<'de, W: Watched> Deserialize<'de> for Carrier<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = W::Wire::deserialize(deserializer)?;
        let meta = key(W::meta(&wire));
        Ok(Self { observed: W::trim(wire), meta, kind: PhantomData })
    }
}

impl<W: Watched> Clone for Carrier<W> {
    fn clone(&self) -> Self {
        Self { observed: self.observed.clone(), meta: self.meta.clone(), kind: PhantomData }
    }
}

impl<W: Watched> fmt::Debug for Carrier<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", W::KIND.kind, self.meta.name)
    }
}

impl<W: Watched> kube::Resource for Carrier<W> {
    type DynamicType = ();
    type Scope = DynamicResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        W::KIND.kind.into()
    }
    fn group((): &()) -> Cow<'_, str> {
        W::KIND.group.into()
    }
    fn version((): &()) -> Cow<'_, str> {
        W::KIND.version.into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        W::KIND.plural.into()
    }
    /// Of a Secret the metadata alone is asked for: what it holds does not leave the server.
    fn metadata_api() -> bool {
        W::KIND == Secret::KIND
    }
    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

impl<W: Watched> Carried for Carrier<W> {
    fn into_item(mut self, kind: &KindInfo) -> Option<Item> {
        if kind == &Secret::KIND {
            // Annotations of a Secret may hold what it holds (`last-applied-configuration`).
            self.observed.meta.drop_annotations();
        }
        // Our own events say nothing that we do not know.
        let is_ours = matches!(&self.observed.detail, Detail::Event(e) if &*e.source == REPORTER);
        (!is_ours).then(|| Item::Object(Box::new(self.observed)))
    }
}

/// An object of a kind that we do not know: its metadata alone is asked for.
#[derive(Clone)]
pub struct Unlisted {
    observed: Observed,
    meta: ObjectMeta,
}

impl<'de> Deserialize<'de> for Unlisted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WirePlain::deserialize(deserializer)?;
        let meta = key(wire.metadata());
        // The kind is known to the watch, not to the wire: metadata calls itself
        // PartialObjectMetadata.
        Ok(Self { observed: wire.trim_unknown("", ""), meta })
    }
}

impl fmt::Debug for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.meta.name)
    }
}

dynamic_resource!(impl [] Unlisted, true);

impl Carried for Unlisted {
    fn into_item(mut self, kind: &KindInfo) -> Option<Item> {
        self.observed.meta.set_type(kind.type_ref());
        Some(Item::Object(Box::new(self.observed)))
    }
}
