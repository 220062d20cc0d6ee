//! What is waited for: named objects, what manifests hold, what carries labels.

use super::track::Wanted;
use crate::plugin::failure::Failure;
use crate::plugin::kinds::Target;
use crate::plugin::live::cluster::{Answer, Cluster, Selection};
use crate::plugin::live::feed::{Feed, Told};
use crate::plugin::live::note;
use crate::plugin::live::resource::{self, Resource};
use crate::plugin::offline::{self, Folders};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;

/// The kinds that labels are looked for on, where none is named.
const LABELLED: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "Job"];

/// Hooks are run and removed by Helm: nobody can wait for what `helm template` prints of them.
const HOOK: &str = "helm.sh/hook";

/// An object to wait for, and where its kind is, if that is known.
pub(super) type Found = (Wanted, Option<Resource>);

/// What was named.
pub(super) async fn named(
    cluster: &Cluster,
    targets: &[Target],
    namespace: &str,
) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for target in targets {
        let Some(name) = target.name.clone() else { continue };
        let resource = resource::resolve(cluster, &target.kind).await?;
        let wanted = Wanted {
            kind: resource.kind.clone(),
            api_version: None,
            namespace: namespace.to_owned(),
            name,
        };
        found.push((wanted, Some(resource)));
    }
    Ok(found)
}

/// What manifests hold.
pub(super) fn manifests(files: &[PathBuf], namespace: &str) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    if files.is_empty() {
        return Ok(found);
    }
    let input = offline::read(files, Folders::Flat)?;
    let shown = offline::shown(files);
    if input.is_empty() {
        return Err(Failure::new(format!("{shown} holds no Kubernetes objects")));
    }
    if !input.is_manifests() {
        return Err(Failure::new(format!(
            "{shown} holds objects of a cluster, no manifests: read what it says with kubectl blame -f {}",
            offline::typed(files)
        )));
    }
    let mut hooks = Vec::new();
    for (observed, _) in input.into_objects() {
        let meta = observed.meta;
        if meta.annotation(HOOK).is_some() {
            hooks.push(format!("{}/{}", meta.type_ref.kind.to_lowercase(), meta.name));
            continue;
        }
        let wanted = Wanted {
            kind: meta.type_ref.kind.to_string(),
            api_version: Some(meta.type_ref.api_version.to_string()),
            namespace: meta.namespace.as_deref().unwrap_or(namespace).to_owned(),
            name: meta.name.to_string(),
        };
        found.push((wanted, None));
    }
    if !hooks.is_empty() {
        note(&format!("hooks of Helm are not waited for: {}", hooks.join(", ")));
    }
    Ok(found)
}

/// What carries labels, of some kinds or of those that make pods; followed, since more may come.
pub(super) struct Labelled {
    kinds: Vec<Followed>,
}

/// Objects of one kind that carry labels.
struct Followed {
    kind: Resource,
    /// None where the server says no.
    feed: Option<Feed>,
    is_listed: bool,
}

impl Labelled {
    /// Follows them in a namespace, or in all.
    pub(super) async fn new(
        cluster: &Cluster,
        targets: &[Target],
        namespace: Option<&str>,
        labels: Option<&str>,
        wake: &Arc<Notify>,
    ) -> Result<Self, Failure> {
        let mut kinds: Vec<Resource> = Vec::new();
        for target in targets {
            kinds.push(resource::resolve(cluster, &target.kind).await?);
        }
        if kinds.is_empty() {
            kinds = LABELLED.iter().filter_map(|kind| Resource::built_in(kind)).collect();
        }
        let labels = labels.map(str::to_owned);
        let selection = Selection { labels, metadata: true, ..Selection::default() };
        let follow = |kind| {
            let feed = Feed::new(cluster, &kind, namespace, &selection, wake);
            Followed { kind, feed: Some(feed), is_listed: false }
        };
        Ok(Self { kinds: kinds.into_iter().map(follow).collect() })
    }

    /// Whether all that there was at first has been told.
    pub(super) fn is_listed(&self) -> bool {
        self.kinds.iter().all(|followed| followed.is_listed)
    }

    /// Those that were told since this was last asked, and whether the server is away.
    pub(super) fn read(&mut self, cluster: &Cluster) -> (Vec<Found>, Result<(), Failure>) {
        let mut found = Vec::new();
        let mut heard = Ok(());
        for followed in &mut self.kinds {
            heard = heard.and(followed.read(cluster, &mut found));
        }
        (found, heard)
    }
}

impl Followed {
    /// Adds what was told to what was found; an error where the server is away, or says no.
    fn read(&mut self, cluster: &Cluster, found: &mut Vec<Found>) -> Result<(), Failure> {
        while let Some(feed) = &mut self.feed {
            match feed.read(cluster)? {
                Some(Told::List(text)) => {
                    self.is_listed = true;
                    found.extend(items(&self.kind, &text));
                }
                Some(Told::Seen(text)) => found.extend(item(&self.kind, &text)),
                // What is gone was waited for already, and is missed by its own track.
                Some(Told::Gone(_)) => {}
                Some(Told::Refused(answer)) => self.refused(answer)?,
                None => return feed.stands(cluster),
            }
        }
        Ok(())
    }

    /// The server says no: what was listed is waited for, and what comes later is not seen.
    fn refused(&mut self, answer: Answer) -> Result<(), Failure> {
        self.feed = None;
        let was_listed = std::mem::replace(&mut self.is_listed, true);
        match answer {
            Answer::Forbidden(why) if was_listed => {
                note(&format!("{why}: what comes later is not waited for"));
                Ok(())
            }
            Answer::Forbidden(why) => Err(Failure::new(why)),
            _ => Ok(()),
        }
    }
}

/// What a watch tells of one object.
fn item(kind: &Resource, text: &str) -> Vec<Found> {
    items(kind, &format!(r#"{{"items":[{text}]}}"#))
}

/// The objects of a list; what another object of these kinds made is waited for with it.
fn items(kind: &Resource, text: &str) -> Vec<Found> {
    let list: Value = serde_json::from_str(text).unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let text = |item: &Value, pointer: &str| {
        item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let is_made = |item: &Value| {
        let owners = item.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|owner| owner["kind"] == "CronJob")
    };
    items
        .filter(|item| !is_made(item))
        .map(|item| {
            let wanted = Wanted {
                kind: kind.kind.clone(),
                api_version: None,
                namespace: text(item, "/metadata/namespace"),
                name: text(item, "/metadata/name"),
            };
            (wanted, Some(kind.clone()))
        })
        .collect()
}
