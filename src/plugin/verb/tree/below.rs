//! The descendants of an object: which kinds are listed, and what is read of each.

use crate::observe::line;
use crate::plugin::failure::Failure;
use crate::plugin::live::absent;
use crate::plugin::live::cluster::{Answer, Cluster, Selection};
use crate::plugin::live::compute;
use crate::plugin::live::resource::{self, Resource};
use crate::plugin::render::text::Tone;
use crate::plugin::verb::kstatus::{self, Doing};
use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many lists are under way at a time.
const AT_A_TIME: usize = 8;
/// How many objects of other kinds are read for their readiness.
const MAX_READ: usize = 40;

/// One object of the tree.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) created: Option<Timestamp>,
    owners: Vec<String>,
    /// How it is, in a word or two.
    pub(super) state: Option<String>,
    /// Whether that is good; `None` where it is neither.
    pub(super) is_good: Option<bool>,
}

impl Item {
    /// How it is, and how that looks.
    pub(super) fn shown(&self) -> Option<(Tone, &str)> {
        let tone = match self.is_good {
            Some(true) => Tone::Good,
            Some(false) => Tone::Bad,
            None => Tone::Plain,
        };
        Some((tone, self.state.as_deref()?))
    }

    fn read(object: &Value, resource: &Resource, is_whole: bool) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let owners = owners.into_iter().flatten();
        let (state, is_good) = if is_whole { state(object, &resource.kind) } else { (None, None) };
        Some(Self {
            api_version: resource.api_version(),
            kind: resource.kind.clone(),
            name: line(text("/metadata/name")?, 253),
            uid: text("/metadata/uid")?.to_owned(),
            created: text("/metadata/creationTimestamp").and_then(|at| at.parse().ok()),
            owners: owners.filter_map(|o| Some(o.get("uid")?.as_str()?.to_owned())).collect(),
            state,
            is_good,
        })
    }
}

/// How an object is, as far as its own status says.
fn state(object: &Value, kind: &str) -> (Option<String>, Option<bool>) {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let counts = |ready: i64, of: i64| (Some(format!("{ready}/{of} ready")), Some(ready >= of));
    if kstatus::is_going(object) {
        return (Some("being deleted".to_owned()), None);
    }
    match kind {
        "Pod" => pod(object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController" => {
            match number("/spec/replicas").unwrap_or(1) {
                0 => (Some("scaled down".to_owned()), None),
                wanted => counts(number("/status/readyReplicas").unwrap_or(0), wanted),
            }
        }
        "DaemonSet" => counts(
            number("/status/numberReady").unwrap_or(0),
            number("/status/desiredNumberScheduled").unwrap_or(0),
        ),
        "Job" => match ["Failed", "Complete", "Suspended"]
            .into_iter()
            .find(|type_| kstatus::condition(object, type_).is_some_and(|(is, _)| is == "True"))
        {
            Some("Failed") => (Some("failed".to_owned()), Some(false)),
            Some("Complete") => (Some("complete".to_owned()), Some(true)),
            Some(_) => (Some("suspended".to_owned()), None),
            None => (Some("running".to_owned()), None),
        },
        _ => match kstatus::of(object) {
            Doing::Well(words) if words == "exists" => (None, None),
            Doing::Well(words) => (Some(line(&words, 80)), Some(true)),
            Doing::Going(words) => (Some(line(&words, 80)), None),
            Doing::Failed(words) => (Some(line(&words, 80)), Some(false)),
            Doing::Silent => (None, None),
        },
    }
}

fn pod(object: &Value) -> (Option<String>, Option<bool>) {
    let phase = object.pointer("/status/phase").and_then(Value::as_str).unwrap_or("Pending");
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let containers = lists.iter().filter_map(|list| object.pointer(list)?.as_array()).flatten();
    let trouble = |c: &Value| {
        if let Some(code) = c.pointer("/state/terminated/exitCode").and_then(Value::as_i64) {
            return (code != 0).then(|| format!("exited with code {code}"));
        }
        let reason = c.pointer("/state/waiting/reason")?.as_str()?;
        let is_harmless = matches!(reason, "ContainerCreating" | "PodInitializing");
        (!is_harmless).then(|| line(reason, 64))
    };
    if let Some(reason) = containers.into_iter().find_map(trouble) {
        return (Some(reason), Some(false));
    }
    match (phase, kstatus::condition(object, "Ready")) {
        ("Running", Some(("True", _))) => (Some("ready".to_owned()), Some(true)),
        ("Running", _) => (Some("not ready".to_owned()), Some(false)),
        ("Succeeded", _) => (Some("completed".to_owned()), Some(true)),
        ("Failed", _) => (Some("failed".to_owned()), Some(false)),
        (phase, _) => (Some(line(&phase.to_lowercase(), 32)), None),
    }
}

/// An object and all that may descend from it.
pub(super) struct Family {
    pub(super) root: Item,
    items: BTreeMap<String, Vec<Item>>,
    /// The kinds that may not be listed.
    pub(super) unreadable: Vec<String>,
}

/// One list.
struct Ask {
    resource: Resource,
    selection: Selection,
    is_whole: bool,
}

impl Family {
    /// Reads an object and its descendants.
    pub(super) async fn read(
        cluster: &Cluster,
        resource: &Resource,
        namespace: &str,
        name: &str,
        any_kind: bool,
    ) -> Result<Self, Failure> {
        let text = match cluster.get(resource, Some(namespace), name).await? {
            Answer::Found(text) => text,
            Answer::Forbidden(why) => return Err(Failure::new(why)),
            Answer::NoObject | Answer::NoKind => {
                return Err(absent::not_found(cluster, resource, namespace, name).await);
            }
        };
        let object: Value = serde_json::from_str(&text).map_err(Failure::new)?;
        let root = Item::read(&object, resource, true)
            .ok_or_else(|| Failure::new("the API server sent no object"))?;
        let known = asks(resource, compute::selector_of(&text).as_deref());
        let (asks, is_searched) = match known {
            Some(asks) if !any_kind => (asks, false),
            _ => (everything(resource::every(cluster).await?), true),
        };
        // A cluster-scoped object may own what is in any namespace.
        let namespace = resource.namespaced.then_some(namespace);
        let mut family = Self { root, items: BTreeMap::new(), unreadable: Vec::new() };
        let answers = stream::iter(asks)
            .map(|ask| async move {
                let answer = cluster.list(&ask.resource, namespace, &ask.selection).await;
                (ask, answer)
            })
            .buffered(AT_A_TIME)
            .collect::<Vec<_>>()
            .await;
        for (ask, answer) in answers {
            match answer {
                Ok(Answer::Found(text)) => family.add(&ask, &text),
                Ok(Answer::Forbidden(_)) => family.unreadable.push(ask.resource.plural.clone()),
                Ok(Answer::NoObject | Answer::NoKind) => {}
                // Of many kinds one may be broken (an aggregated API that is down).
                Err(Failure::Said(_) | Failure::Unreached(_)) if is_searched => {
                    family.unreadable.push(ask.resource.plural.clone());
                }
                Err(failure) => return Err(failure),
            }
        }
        family.read_states(cluster, namespace).await;
        Ok(family)
    }

    /// An object of a dump, and what of the dump descends from it.
    pub(super) fn stored(root: &Value, objects: &[Value]) -> Result<Self, Failure> {
        let read = |object: &Value| {
            let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
            let (group, version) =
                text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
            let resource = Resource {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: line(text("kind"), 63),
                plural: String::new(),
                namespaced: true,
            };
            Item::read(object, &resource, true)
        };
        let lacks = || Failure::new("the object has no UID: dump it with kubectl get -o yaml");
        let root = read(root).ok_or_else(lacks)?;
        let mut family = Self { root, items: BTreeMap::new(), unreadable: Vec::new() };
        objects.iter().filter_map(read).for_each(|item| family.insert(&item));
        family.sort();
        Ok(family)
    }

    /// The children of an object, by kind and name.
    pub(super) fn children(&self, uid: &str) -> impl Iterator<Item = &Item> {
        self.items.get(uid).into_iter().flatten()
    }

    fn add(&mut self, ask: &Ask, text: &str) {
        let list: Value = serde_json::from_str(text).unwrap_or_default();
        let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
        items
            .filter_map(|item| Item::read(item, &ask.resource, ask.is_whole))
            .for_each(|item| self.insert(&item));
        self.sort();
    }

    /// Puts an object below its owners.
    fn insert(&mut self, item: &Item) {
        for owner in item.owners.clone() {
            let siblings = self.items.entry(owner).or_default();
            // One object may be served by two groups.
            if !siblings.iter().any(|other| other.uid == item.uid) {
                siblings.push(item.clone());
            }
        }
    }

    fn sort(&mut self) {
        for siblings in self.items.values_mut() {
            siblings.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        }
    }

    /// Reads the readiness of descendants of which only metadata were listed.
    async fn read_states(&mut self, cluster: &Cluster, namespace: Option<&str>) {
        let mut wanted = Vec::new();
        let mut open = vec![self.root.uid.clone()];
        let mut seen = BTreeSet::new();
        while let Some(uid) = open.pop() {
            if !seen.insert(uid.clone()) {
                continue;
            }
            for child in self.children(&uid) {
                open.push(child.uid.clone());
                let tells =
                    !matches!(&*child.kind, "ControllerRevision" | "EndpointSlice" | "Secret");
                if child.state.is_none() && tells && wanted.len() < MAX_READ {
                    wanted.push(child.clone());
                }
            }
        }
        let states = stream::iter(wanted)
            .map(|item| async move {
                let (group, version) =
                    item.api_version.rsplit_once('/').unwrap_or(("", &item.api_version));
                let resource = resource::of_owner(cluster, &item.api_version, &item.kind).await;
                let resource = resource.ok()??;
                debug_assert_eq!((&*resource.group, &*resource.version), (group, version));
                let Ok(Answer::Found(text)) = cluster.get(&resource, namespace, &item.name).await
                else {
                    return None;
                };
                let object: Value = serde_json::from_str(&text).ok()?;
                Some((item.uid, state(&object, &item.kind)))
            })
            .buffered(AT_A_TIME)
            .collect::<Vec<_>>()
            .await;
        let states: BTreeMap<String, (Option<String>, Option<bool>)> =
            states.into_iter().flatten().collect();
        for item in self.items.values_mut().flatten() {
            if let Some((state, is_good)) = states.get(&item.uid) {
                (item.state, item.is_good) = (state.clone(), *is_good);
            }
        }
    }
}

/// The lists that hold all that Kubernetes itself makes for an object of this kind; `None`
/// where that is not known.
fn asks(resource: &Resource, labels: Option<&str>) -> Option<Vec<Ask>> {
    let all = |kind: &str, labels: Option<&str>, is_whole: bool| {
        let resource = Resource::built_in(kind)?;
        let selection = Selection {
            labels: labels.map(str::to_owned),
            metadata: !is_whole,
            ..Selection::default()
        };
        Some(Ask { resource, selection, is_whole })
    };
    let whole = |kind: &str| all(kind, labels, true);
    let claims = || all("PersistentVolumeClaim", labels, true);
    let asks = match (&*resource.group, &*resource.kind) {
        ("apps", "Deployment") => vec![whole("ReplicaSet"), whole("Pod")],
        ("apps", "StatefulSet") => {
            vec![all("ControllerRevision", labels, false), whole("Pod"), claims()]
        }
        ("apps", "DaemonSet") => {
            vec![all("ControllerRevision", labels, false), whole("Pod")]
        }
        ("apps", "ReplicaSet") | ("", "ReplicationController") | ("batch", "Job") => {
            vec![whole("Pod")]
        }
        ("batch", "CronJob") => {
            let of_jobs = Some("batch.kubernetes.io/job-name");
            vec![all("Job", None, true), all("Pod", of_jobs, true)]
        }
        // A pod owns the claims of its ephemeral volumes.
        ("", "Pod") => vec![all("PersistentVolumeClaim", None, true)],
        _ => return None,
    };
    Some(asks.into_iter().flatten().collect())
}

/// A list of every kind: pods as they are, of the rest the metadata.
fn everything(resources: Vec<Resource>) -> Vec<Ask> {
    let is_tree = |r: &Resource| r.namespaced && !matches!(&*r.kind, "Event" | "BlameReport");
    resources
        .into_iter()
        .filter(is_tree)
        .map(|resource| {
            let is_whole = matches!(&*resource.kind, "Pod" | "ReplicaSet" | "Job")
                && matches!(&*resource.group, "" | "apps" | "batch");
            let selection = Selection { metadata: !is_whole, ..Selection::default() };
            Ask { resource, selection, is_whole }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: &str, object: &Value) -> Option<String> {
        state(object, kind).0
    }

    #[test]
    fn states_are_in_a_word_or_two() {
        let waiting = |reason: &str| {
            json!({ "status": { "phase": "Running", "containerStatuses": [
                { "state": { "waiting": { "reason": reason } } } ] } })
        };
        assert_eq!(of("Pod", &waiting("CrashLoopBackOff")).as_deref(), Some("CrashLoopBackOff"));
        assert_eq!(of("Pod", &waiting("ContainerCreating")).as_deref(), Some("not ready"));
        assert_eq!(of("Pod", &json!({})).as_deref(), Some("pending"));
        let ended = |code: i64| {
            json!({ "status": { "phase": "Running", "containerStatuses": [
                { "state": { "terminated": { "exitCode": code } } } ] } })
        };
        assert_eq!(of("Pod", &ended(3)).as_deref(), Some("exited with code 3"));
        assert_eq!(of("Pod", &ended(0)).as_deref(), Some("not ready"));
        let set = json!({ "spec": { "replicas": 3 }, "status": { "readyReplicas": 1 } });
        assert_eq!(state(&set, "ReplicaSet"), (Some("1/3 ready".into()), Some(false)));
        assert_eq!(
            of("ReplicaSet", &json!({ "spec": { "replicas": 0 } })).as_deref(),
            Some("scaled down")
        );
        assert_eq!(of("ConfigMap", &json!({ "apiVersion": "v1" })), None);
        let gone = json!({ "metadata": { "deletionTimestamp": "2026-11-21T07:00:00Z" } });
        assert_eq!(of("Pod", &gone).as_deref(), Some("being deleted"));
    }
}
