//! The same core, here: what a root needs is listed, judged, and asked for again.
//!
//! A named root costs its own GET, two label-selected lists, and the events of at
//! most three objects; then one request for each further kind that the failing
//! step reads. Secrets are read as metadata only.

mod all;
mod fed;
mod follow;
mod need;
mod selector;

pub(in crate::plugin) use all::all;
pub(in crate::plugin) use selector::of_workload as selector_of;

use super::super::failure::Failure;
use super::super::find::Found;
use super::absent::not_found;
use super::cluster::{Answer, Cluster, Selection};
use super::resource::{self, Resource};
use crate::blame::{self, Judgement};
use crate::graph::{Freshness, Graph, Lookup};
use crate::observe::{KINDS, KindInfo, Observed, Part, Secret, TypeRef, Uid, Watched};
use crate::replay;
use follow::Following;
use futures::future::join_all;
use jiff::Timestamp;
use need::Ask;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How often a judgement may ask for more.
const MAX_ROUNDS: usize = 3;
/// How many owners are climbed.
const MAX_OWNERS: usize = 8;

/// Judges roots from what it lists.
pub(in crate::plugin) struct Computer<'c> {
    cluster: &'c Cluster,
    namespace: String,
    pub(in crate::plugin) graph: Graph,
    /// Which kinds, or which objects of a kind, were asked for.
    asked: BTreeSet<(String, Option<String>)>,
    /// The kinds that may not be read, with the server's words.
    pub(in crate::plugin) forbidden: BTreeMap<String, String>,
    /// The object that was asked for, as the API server sent it last.
    pub(in crate::plugin) text: String,
    /// What keeps it up to date between questions, where it is to be asked again.
    following: Option<Following>,
}

impl<'c> Computer<'c> {
    pub(in crate::plugin) fn new(cluster: &'c Cluster, namespace: &str) -> Self {
        let namespace = namespace.to_owned();
        let mut graph = Graph::new();
        for kind in KINDS {
            // What is listed of the chain is listed whole; of the rest nothing is known yet.
            let freshness =
                if kind.part == Part::Chain { Freshness::Synced } else { Freshness::Absent };
            graph.set_freshness(kind, freshness);
        }
        let (asked, forbidden) = (BTreeSet::new(), BTreeMap::new());
        let (text, following) = (String::new(), None);
        Self { cluster, namespace, graph, asked, forbidden, text, following }
    }

    /// Judges the root of one object. May be called again: what was seen before is remembered.
    pub(in crate::plugin) async fn one(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Found, Failure> {
        match self.find(resource, name).await? {
            Some(found) => Ok(found),
            None => Err(not_found(self.cluster, resource, &self.namespace, name).await),
        }
    }

    /// The same; `None` where there is no such object.
    pub(in crate::plugin) async fn find(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<Found>, Failure> {
        if self.following.is_some() {
            return self.followed(resource, name).await;
        }
        self.asked_anew(resource, name).await
    }

    async fn asked_anew(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<Found>, Failure> {
        self.asked.clear();
        let Some(object) = self.object(resource, name).await? else { return Ok(None) };
        let (root, text) = self.climb(object).await?;
        self.descend(&root, &text).await?;
        let root_of = self.graph.root_of(&root).ok_or_else(|| makes_no_pods(resource, name))?;
        let judgement = self.judge(&root_of).await?;
        Ok(Some(found(resource, name, judgement)))
    }

    /// Reads the object that was asked for.
    async fn object(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<(Uid, String)>, Failure> {
        match self.cluster.get(resource, Some(&self.namespace), name).await? {
            Answer::Found(text) => {
                let uid = self.see(resource, &text)?.pop();
                let uid = uid.ok_or_else(|| Failure::new("the API server sent no object"))?;
                self.text.clone_from(&text);
                Ok(Some((uid, text)))
            }
            Answer::Forbidden(why) => Err(Failure::new(why)),
            Answer::NoKind => Err(not_served(resource)),
            Answer::NoObject => Ok(None),
        }
    }

    /// Reads the owners that can be the root.
    async fn climb(&mut self, start: (Uid, String)) -> Result<(Uid, String), Failure> {
        let (mut uid, mut text) = start;
        for _ in 0..MAX_OWNERS {
            let Some(object) = self.graph.object(&uid) else { break };
            // Above any other kind there is nothing that makes pods.
            if !matches!(object.kind(), "Pod" | "ReplicaSet" | "Job" | "ControllerRevision") {
                break;
            }
            let Some(owner) = object.meta.controller().cloned() else { break };
            let type_ref = &owner.type_ref;
            let found =
                resource::of_owner(self.cluster, &type_ref.api_version, &type_ref.kind).await?;
            let Some(resource) = found.filter(|resource| resource.namespaced) else { break };
            let answer = self.cluster.get(&resource, Some(&self.namespace), &owner.name).await?;
            let Answer::Found(owner_text) = answer else { break };
            let seen = self.see(&resource, &owner_text)?.pop();
            // Another object under the owner's name is no owner.
            if seen.as_ref() != Some(&owner.uid) {
                break;
            }
            (uid, text) = (owner.uid, owner_text);
        }
        Ok((uid, text))
    }

    /// Lists what a root makes.
    async fn descend(&mut self, root: &Uid, text: &str) -> Result<(), Failure> {
        let Some(object) = self.graph.object(root) else { return Ok(()) };
        let selector = selector::of_workload(text);
        let of = |kind: &str, labels: Option<String>| {
            let selection = Selection { labels, ..Selection::default() };
            let namespace = Some(self.namespace.clone());
            Resource::built_in(kind).map(|resource| Ask {
                resource,
                namespace,
                selection,
                name: None,
            })
        };
        let asks: Vec<Ask> = match object.kind() {
            "Pod" => Vec::new(),
            "Deployment" => vec![of("ReplicaSet", selector.clone()), of("Pod", selector)],
            "StatefulSet" | "DaemonSet" => {
                vec![of("ControllerRevision", selector.clone()), of("Pod", selector)]
            }
            "ReplicaSet" | "ReplicationController" | "Job" => vec![of("Pod", selector)],
            "CronJob" => {
                vec![of("Job", None), of("Pod", Some("batch.kubernetes.io/job-name".to_owned()))]
            }
            _ => vec![of("ReplicaSet", None), of("ControllerRevision", None), of("Pod", None)],
        }
        .into_iter()
        .flatten()
        .collect();
        self.ask(asks).await
    }

    /// Judges, asks for what the judgement looked up, and judges again.
    async fn judge(&mut self, root: &Uid) -> Result<Judgement, Failure> {
        for _ in 0..MAX_ROUNDS {
            let judgement = self.judge_once(root)?;
            let asks = self.wanted(&judgement);
            if asks.is_empty() {
                return Ok(judgement);
            }
            self.ask(asks).await?;
            self.set_freshness(&judgement.reads);
        }
        self.judge_once(root)
    }

    fn judge_once(&self, root: &Uid) -> Result<Judgement, Failure> {
        blame::judge(&self.graph, root, self.cluster.now(), None)
            .ok_or_else(|| Failure::NotFound("its root was deleted meanwhile: ask again".into()))
    }

    /// What a judgement needs and was not asked for yet.
    fn wanted(&self, judgement: &Judgement) -> Vec<Ask> {
        let mut asks = Vec::new();
        for uid in need::told_by_events(judgement) {
            if self.is_asked("Event", Some(&uid)) {
                continue;
            }
            let Some(resource) = Resource::built_in("Event") else { continue };
            let fields = Some(format!("involvedObject.uid={uid}"));
            let selection = Selection { fields, ..Selection::default() };
            let namespace = Some(self.namespace.clone());
            asks.push(Ask { resource, namespace, selection, name: Some(uid) });
        }
        let mut by_kind: BTreeMap<&str, Vec<&Lookup>> = BTreeMap::new();
        for lookup in &judgement.reads {
            if !self.is_asked(&lookup.kind, lookup.name.as_deref()) {
                by_kind.entry(&lookup.kind).or_default().push(lookup);
            }
        }
        for (kind, lookups) in by_kind {
            let Some(resource) = Resource::built_in(kind) else { continue };
            if kind == "Event" || self.forbidden.contains_key(kind) {
                continue;
            }
            asks.extend(need::inputs(&resource, &lookups));
        }
        asks
    }

    fn is_asked(&self, kind: &str, name: Option<&str>) -> bool {
        let asked =
            |name: Option<&str>| self.asked.contains(&(kind.to_owned(), name.map(str::to_owned)));
        asked(None) || name.is_some() && asked(name)
    }

    /// Sends requests side by side and takes in what they bring.
    async fn ask(&mut self, asks: Vec<Ask>) -> Result<(), Failure> {
        if self.following.is_some() {
            return self.ask_and_follow(asks).await;
        }
        let cluster = self.cluster;
        let answers = join_all(
            asks.iter()
                .map(|ask| cluster.list(&ask.resource, ask.namespace.as_deref(), &ask.selection)),
        )
        .await;
        for (ask, answer) in asks.into_iter().zip(answers) {
            let kind = ask.resource.kind.clone();
            match answer? {
                Answer::Found(text) => {
                    let whole = KINDS.iter().find(|info| info.kind == kind && ask.name.is_none());
                    if let Some(info) = whole {
                        self.graph.begin_list(info);
                    }
                    self.see(&ask.resource, &text)?;
                    if let Some(info) = whole {
                        self.graph.end_list(info, self.cluster.now());
                    }
                    if kind == "Event" {
                        self.fresh(&kind, Freshness::Synced);
                    }
                }
                Answer::Forbidden(why) => self.forbid(&kind, why),
                // A kind that this server does not have holds nothing.
                Answer::NoKind | Answer::NoObject => {}
            }
            self.asked.insert((kind, ask.name));
        }
        Ok(())
    }

    fn forbid(&mut self, kind: &str, why: String) {
        self.fresh(kind, Freshness::Forbidden);
        self.forbidden.insert(kind.to_owned(), why);
    }

    /// A kind is known when everything that was looked up of it was asked for.
    fn set_freshness(&mut self, reads: &BTreeSet<Lookup>) {
        let kinds: BTreeSet<&str> = reads.iter().map(|lookup| &*lookup.kind).collect();
        for kind in kinds {
            let all = reads
                .iter()
                .filter(|lookup| &*lookup.kind == kind)
                .all(|lookup| self.is_asked(kind, lookup.name.as_deref()));
            if all && !self.forbidden.contains_key(kind) {
                self.fresh(kind, Freshness::Synced);
            }
        }
    }

    fn fresh(&mut self, kind: &str, freshness: Freshness) {
        let secret: [KindInfo; 1] = [Secret::KIND];
        if let Some(info) = KINDS.iter().chain(&secret).find(|info| info.kind == kind) {
            self.graph.set_freshness(info, freshness);
        }
    }

    /// Takes in the objects of a body; gives their UIDs.
    fn see(&mut self, resource: &Resource, text: &str) -> Result<Vec<Uid>, Failure> {
        let now = self.cluster.now();
        let mut uids = Vec::new();
        for (observed, named) in read(resource, text)? {
            uids.push(observed.meta.uid.clone());
            // A version that follows one seen before came long before it was asked for again:
            // the time of its last write is the better one.
            let before = self.graph.object(&observed.meta.uid).map(|object| object.memory.at);
            let at = before.and_then(|before| Some(named?.max(before))).unwrap_or(now).min(now);
            self.graph.see(observed, at);
        }
        Ok(uids)
    }
}

/// The objects of a body, each with the newest time it names.
fn read(resource: &Resource, text: &str) -> Result<Vec<(Observed, Option<Timestamp>)>, Failure> {
    let input = replay::read(text).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", resource.full_name()))
    })?;
    let mut objects: Vec<_> = input.into_objects().collect();
    for (observed, _) in &mut objects {
        if observed.meta.type_ref.kind.starts_with("PartialObjectMetadata") {
            let api_version = resource.api_version();
            observed.meta.set_type(TypeRef {
                api_version: api_version.into(),
                kind: (*resource.kind).into(),
            });
        }
    }
    Ok(objects)
}

/// What was found out about an object that was asked for.
fn found(resource: &Resource, name: &str, judgement: Judgement) -> Found {
    let is_below = resource.kind == "Pod" && judgement.report.spec.root.kind != "Pod";
    Found { report: judgement.report, pod: is_below.then(|| name.to_owned()) }
}

fn not_served(resource: &Resource) -> Failure {
    Failure::new(format!("the server does not serve {}", resource.full_name()))
}

pub(super) fn makes_no_pods(resource: &Resource, name: &str) -> Failure {
    let kind = &resource.kind;
    Failure::new(format!("{kind} {name} makes no pods: ask for a workload or a pod"))
}

/// The UID of one object.
fn uid_of(text: &str) -> Option<Uid> {
    #[derive(Deserialize)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        uid: String,
    }
    let object: Object = serde_json::from_str(text).ok()?;
    Some(Uid::new(&object.metadata.uid))
}
