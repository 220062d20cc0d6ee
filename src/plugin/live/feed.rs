//! A list that a watch keeps up to date, in a task of its own.
//!
//! kube's watcher lists, watches, resumes after a close and lists again after a 410. What
//! it carries is the text of each object, so that what a feed brings and what a request
//! brings are read by the same code. A feed knows itself whether its server is away: whoever
//! follows one hears of what it follows, of a refusal, and of nothing else.

use super::super::failure::Failure;
use super::cluster::{Answer, Cluster, SILENT_AFTER, Selection};
use super::resource::Resource;
use crate::watch::{Pulse, dynamic_resource, retry, tapped};
use futures::StreamExt as _;
use kube::Api;
use kube::api::{ApiResource, ObjectMeta};
use kube::core::DynamicResourceScope;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

/// Seconds after which the server ends a watch, so that a dead one is noticed.
const WATCH_SECONDS: u32 = 240;
/// How many changes may wait to be read; then the watch waits.
const WAITING: usize = 256;

/// What a feed tells.
#[derive(Debug)]
pub(in crate::plugin) enum Told {
    /// All that there is now, as a list: what it does not name is gone.
    List(String),
    /// An object is new, or has changed.
    Seen(String),
    /// The last version of an object that was deleted.
    Gone(String),
    /// The server says no: it may not be followed, or there is no such kind.
    Refused(Answer),
}

/// What a feed's task has heard.
type Heard = Result<Told, watcher::Error>;

/// A list that is followed; it ends when this is dropped.
pub(in crate::plugin) struct Feed {
    resource: Resource,
    heard: mpsc::Receiver<Heard>,
    pulse: Pulse,
    /// Why the server was not reached when it was last tried.
    away: Option<String>,
    task: AbortHandle,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Feed {
    /// Follows what a selection takes of a resource; `wake` is told of every change.
    pub(in crate::plugin) fn new(
        cluster: &Cluster,
        resource: &Resource,
        namespace: Option<&str>,
        selection: &Selection,
        wake: &Arc<Notify>,
    ) -> Self {
        let (sender, heard) = mpsc::channel(WAITING);
        let pulse = Pulse::default();
        let client = tapped(&cluster.client, &pulse);
        let api_resource = ApiResource {
            group: resource.group.clone(),
            version: resource.version.clone(),
            api_version: resource.api_version(),
            kind: resource.kind.clone(),
            plural: resource.plural.clone(),
        };
        let config = watcher::Config {
            label_selector: selection.labels.clone(),
            field_selector: selection.fields.clone(),
            timeout: Some(WATCH_SECONDS),
            // One request, as where nothing is followed.
            page_size: None,
            ..watcher::Config::default()
        };
        let out = Out { sender, wake: Arc::clone(wake) };
        let namespace = namespace.filter(|_| resource.namespaced);
        let task = if selection.metadata {
            let api = api::<Raw<true>>(client, namespace, &api_resource);
            tokio::spawn(follow(api, config, api_resource, out))
        } else {
            let api = api::<Raw<false>>(client, namespace, &api_resource);
            tokio::spawn(follow(api, config, api_resource, out))
        };
        let resource = resource.clone();
        Self { resource, heard, pulse, away: None, task: task.abort_handle() }
    }

    /// What was told since it was last read; an error where the server answers what is neither
    /// that nor a refusal.
    pub(in crate::plugin) fn read(&mut self, cluster: &Cluster) -> Result<Option<Told>, Failure> {
        while let Ok(heard) = self.heard.try_recv() {
            if let Some(told) = self.understood(heard, cluster)? {
                return Ok(Some(told));
            }
        }
        Ok(None)
    }

    /// The next that is told; an error where the server is away instead.
    pub(in crate::plugin) async fn next(&mut self, cluster: &Cluster) -> Result<Told, Failure> {
        while let Some(heard) = self.heard.recv().await {
            if let Some(told) = self.understood(heard, cluster)? {
                return Ok(told);
            }
            if let Some(why) = &self.away {
                return Err(Failure::Unreached(why.clone()));
            }
        }
        Err(cluster.silent())
    }

    /// Takes an error for what it means; `None` where that is an outage, which is remembered.
    fn understood(&mut self, heard: Heard, cluster: &Cluster) -> Result<Option<Told>, Failure> {
        let error = match heard {
            Ok(told) => return Ok(Some(told)),
            Err(error) => error,
        };
        match cluster.interrupted(&self.resource, &error) {
            Ok(refusal) => Ok(Some(Told::Refused(refusal))),
            Err(Failure::Unreached(why)) => {
                self.away = Some(why);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Why nothing is heard at the moment, where nothing is. The feed tries again by itself.
    pub(in crate::plugin) fn stands(&mut self, cluster: &Cluster) -> Result<(), Failure> {
        let Some(since) = self.pulse.down_since() else {
            // It was a hiccup.
            self.away = None;
            return Ok(());
        };
        match &self.away {
            Some(why) => Err(Failure::Unreached(why.clone())),
            None if since.elapsed() > SILENT_AFTER => Err(cluster.silent()),
            None => Ok(()),
        }
    }
}

fn api<K>(client: kube::Client, namespace: Option<&str>, resource: &ApiResource) -> Api<K>
where
    K: kube::Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced_with(client, namespace, resource),
        None => Api::all_with(client, resource),
    }
}

/// Where a feed's task puts what it hears.
struct Out {
    sender: mpsc::Sender<Heard>,
    wake: Arc<Notify>,
}

impl Out {
    async fn tell(&self, heard: Heard) {
        // Nobody listens any more: the task is about to be ended.
        _ = self.sender.send(heard).await;
        self.wake.notify_one();
    }
}

async fn follow<const METADATA: bool>(
    api: Api<Raw<METADATA>>,
    config: watcher::Config,
    resource: ApiResource,
    out: Out,
) {
    let mut events = pin!(watcher(api, config).backoff(retry(&resource.plural)));
    let mut listed: Vec<Box<RawValue>> = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => listed.push(object.text),
            Ok(Event::InitDone) => {
                let list = list(&resource, METADATA, &listed);
                listed.clear();
                out.tell(Ok(Told::List(list))).await;
            }
            Ok(Event::Apply(object)) => {
                out.tell(Ok(Told::Seen(object.text.get().to_owned()))).await;
            }
            Ok(Event::Delete(object)) => {
                out.tell(Ok(Told::Gone(object.text.get().to_owned()))).await;
            }
            // Its position is too old: the watcher lists again.
            Err(watcher::Error::WatchError(status)) if status.code == 410 => {}
            Err(error) => out.tell(Err(error)).await,
        }
    }
}

/// The objects as the list that they came in: its items do not say what they are.
fn list(resource: &ApiResource, metadata: bool, items: &[Box<RawValue>]) -> String {
    let (api_version, kind) = if metadata {
        ("meta.k8s.io/v1", "PartialObjectMetadata")
    } else {
        (&*resource.api_version, &*resource.kind)
    };
    let items: Vec<&str> = items.iter().map(|item| item.get()).collect();
    let items = items.join(",");
    format!(r#"{{"apiVersion":"{api_version}","kind":"{kind}List","items":[{items}]}}"#)
}

/// An object as it was sent; of its metadata what kube's watcher works with.
#[derive(Clone, Debug)]
struct Raw<const METADATA: bool> {
    meta: ObjectMeta,
    text: Box<RawValue>,
}

#[derive(Deserialize)]
struct Head {
    metadata: Key,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Key {
    name: Option<String>,
    namespace: Option<String>,
    resource_version: Option<String>,
}

impl<'de, const METADATA: bool> Deserialize<'de> for Raw<METADATA> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let Head { metadata } = serde_json::from_str(text.get()).map_err(D::Error::custom)?;
        let Key { name, namespace, resource_version } = metadata;
        let meta = ObjectMeta { name, namespace, resource_version, ..ObjectMeta::default() };
        Ok(Self { meta, text })
    }
}

dynamic_resource!(impl [const METADATA: bool] Raw<METADATA>, METADATA);

#[cfg(test)]
mod tests;
