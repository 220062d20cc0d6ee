//! One list, followed: every version of every object, as the API server tells of them.

use super::kinds::Kind;
use futures::StreamExt as _;
use jiff::Timestamp;
use kube::api::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use tokio::sync::mpsc;

/// One line of a recording.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) change: &'static str,
    pub(super) object: Value,
    pub(super) at: Timestamp,
    pub(super) is_known: bool,
}

/// One list to be followed.
pub(super) struct Follow {
    pub(super) client: Client,
    pub(super) kind: Kind,
    /// `None` for the whole cluster.
    pub(super) namespace: Option<String>,
    pub(super) lines: mpsc::Sender<Line>,
}

/// What the list held so far: the last version of each object, to tell an addition from
/// an edit, and to tell of a deletion that a broken watch missed.
#[derive(Default)]
struct Held {
    objects: HashMap<String, Value>,
    listed: HashSet<String>,
}

struct Closed;

impl Follow {
    /// The list as an API.
    pub(super) fn api(&self) -> Api<DynamicObject> {
        match &self.namespace {
            Some(name) => Api::namespaced_with(self.client.clone(), name, &self.kind.resource),
            None => Api::all_with(self.client.clone(), &self.kind.resource),
        }
    }

    /// Follows until nobody listens.
    pub(super) async fn run(self) {
        let mut events = pin!(watcher(self.api(), watcher::Config::default()).default_backoff());
        let mut held = Held::default();
        let mut is_refused = false;
        while let Some(event) = events.next().await {
            let told = match event {
                Ok(event) => self.tell(&mut held, event).await,
                Err(error) => {
                    if !is_refused {
                        let kind = &self.kind.resource.kind;
                        tracing::warn!(kind, %error, "not recorded for now");
                    }
                    is_refused = true;
                    Ok(())
                }
            };
            if told.is_err() {
                return;
            }
        }
    }

    async fn tell(&self, held: &mut Held, event: Event<DynamicObject>) -> Result<(), Closed> {
        match event {
            Event::Init => held.listed.clear(),
            Event::InitApply(object) => {
                held.listed.insert(object.uid().unwrap_or_default());
                self.seen(held, object).await?;
            }
            Event::Apply(object) => self.seen(held, object).await?,
            Event::Delete(object) => {
                held.objects.remove(&object.uid().unwrap_or_default());
                self.send("DELETED", self.plain(object)).await?;
            }
            Event::InitDone => {
                let missed: Vec<String> = held
                    .objects
                    .keys()
                    .filter(|uid| !held.listed.contains(*uid))
                    .cloned()
                    .collect();
                for uid in missed {
                    if let Some(object) = held.objects.remove(&uid) {
                        self.send("DELETED", object).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn seen(&self, held: &mut Held, object: DynamicObject) -> Result<(), Closed> {
        let uid = object.uid().unwrap_or_default();
        let object = self.plain(object);
        let before = held.objects.insert(uid, object.clone());
        if before.as_ref().is_some_and(|before| is_heartbeat(before, &object)) {
            return Ok(());
        }
        self.send(if before.is_none() { "ADDED" } else { "MODIFIED" }, object).await
    }

    /// The object as JSON; lists leave out what kind their items are of.
    pub(super) fn plain(&self, object: DynamicObject) -> Value {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            let resource = &self.kind.resource;
            fields.insert("apiVersion".to_owned(), resource.api_version.clone().into());
            fields.insert("kind".to_owned(), resource.kind.clone().into());
        }
        value
    }

    async fn send(&self, change: &'static str, object: Value) -> Result<(), Closed> {
        let at = Timestamp::now();
        let line = Line { change, object, at, is_known: self.kind.is_known };
        self.lines.send(line).await.map_err(|_| Closed)
    }
}

/// The same version told again, or a node that only says that it lives.
fn is_heartbeat(before: &Value, after: &Value) -> bool {
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    if version(before) == version(after) {
        return true;
    }
    let still = |object: &Value| {
        let mut object = object.clone();
        object["metadata"]["resourceVersion"] = Value::Null;
        object["metadata"]["managedFields"] = Value::Null;
        let conditions = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            condition["lastHeartbeatTime"] = Value::Null;
        }
        object
    };
    after["kind"] == "Node" && still(before) == still(after)
}
