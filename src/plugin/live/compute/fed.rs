//! One of the lists that a computer follows.

use super::super::cluster::{Answer, Cluster};
use super::super::feed::Feed;
use super::super::resource::Resource;
use super::need::Ask;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Notify;

/// One list that is followed, and what became of it.
pub(super) struct Fed {
    pub(super) feed: Feed,
    pub(super) resource: Resource,
    /// What it covers: everything of the kind, or one name.
    pub(super) name: Option<String>,
    pub(super) is_listed: bool,
    /// Why it may not be followed.
    pub(super) refused: Option<Answer>,
    /// The one object of that name, as it was sent last.
    pub(super) text: Option<String>,
    /// The last version of that object, where it was deleted.
    pub(super) last: Option<String>,
}

impl Fed {
    pub(super) fn new(cluster: &Cluster, ask: Ask, wake: &Arc<Notify>) -> Self {
        let Ask { resource, namespace, selection, name } = ask;
        let feed = Feed::new(cluster, &resource, namespace.as_deref(), &selection, wake);
        Self { feed, resource, name, is_listed: false, refused: None, text: None, last: None }
    }

    pub(super) fn is_of(&self, kind: &str, name: &str) -> bool {
        self.resource.kind == kind && self.name.as_deref() == Some(name)
    }
}

/// The one object of a list, which says itself what it is.
pub(super) fn only(resource: &Resource, list: &str) -> Option<String> {
    let mut list: Value = serde_json::from_str(list).ok()?;
    let mut object = list.pointer_mut("/items/0")?.take();
    let fields = object.as_object_mut()?;
    fields.insert("apiVersion".to_owned(), resource.api_version().into());
    fields.insert("kind".to_owned(), resource.kind.clone().into());
    Some(object.to_string())
}
