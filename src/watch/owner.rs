//! Owners of kinds that are not built in: found by discovery, followed as metadata.
//!
//! Where a kind is unknown to the server or may not be read, the chain ends at the
//! owner reference, which names kind, name and UID.

use super::{Change, Follow, Origin, Setup, Unlisted};
use crate::graph::Freshness;
use crate::observe::{KINDS, KindInfo, Part, Scope, TypeRef};
use kube::api::ApiResource;
use kube::core::GroupVersionKind;
use kube::discovery::{self, Scope as FoundScope};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How many such kinds are followed at most; more than any cluster's workload controllers.
const MAX_KINDS: usize = 64;
/// How often discovery is asked again while the server does not answer.
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// How often in all.
const ATTEMPTS: u32 = 12;
/// First pause before a kind that was not found is asked for again; it doubles.
const UNFOUND_PAUSE: Duration = Duration::from_mins(5);
/// Longest such pause: a kind that no new object names costs four requests a day.
const UNFOUND_PAUSE_MAX: Duration = Duration::from_hours(6);
/// An object that names the kind says that somebody makes such objects, so it is asked for
/// at once when this share of the pause is over, …
const NAMED_AGAIN_SHARE: u32 = 10;
/// … and never later than after so long.
const NAMED_AGAIN_MAX: Duration = Duration::from_mins(5);

/// Follows every kind it is told of, once each. To be told again of one that was not found
/// is a reason to ask for it again: its definition may have been installed since.
pub async fn follow_owners(setup: Setup, mut kinds: mpsc::Receiver<TypeRef>) {
    let mut tasks = JoinSet::new();
    let mut told: BTreeMap<(String, String), Arc<Notify>> = BTreeMap::new();
    while let Some(type_ref) = kinds.recv().await {
        if KINDS.iter().any(|kind| kind.type_ref() == type_ref) {
            continue;
        }
        let key = (type_ref.group().to_owned(), type_ref.kind.to_string());
        if let Some(again) = told.get(&key) {
            again.notify_one();
        } else if told.len() < MAX_KINDS {
            let again = Arc::<Notify>::default();
            told.insert(key, Arc::clone(&again));
            tasks.spawn(follow_owner(setup.clone(), type_ref, again));
        }
    }
}

async fn follow_owner(setup: Setup, type_ref: TypeRef, again: Arc<Notify>) {
    let mut pause = UNFOUND_PAUSE;
    let mut unfound = None;
    let (kind, resource) = loop {
        let freshness = match find(&setup, &type_ref).await {
            Ok(found) => break found,
            Err(freshness) => freshness,
        };
        let kind =
            *unfound.get_or_insert_with(|| leak(&type_ref, String::new(), Scope::Namespaced));
        for namespace in setup.namespaces(kind.scope) {
            let origin = Origin { name: kind.list_name(), namespace };
            let change = Change::Freshness(kind, origin, freshness.clone());
            if setup.changes.send(change).await.is_err() {
                return;
            }
        }
        let named_again = async {
            sleep((pause / NAMED_AGAIN_SHARE).min(NAMED_AGAIN_MAX)).await;
            again.notified().await;
        };
        // Whether it was named or the whole pause passed, it is asked for.
        _ = timeout(pause, named_again).await;
        pause = (pause * 2).min(UNFOUND_PAUSE_MAX);
    };
    let namespaces = setup.namespaces(kind.scope);
    let mut tasks = JoinSet::new();
    for namespace in namespaces {
        tasks.spawn(Follow::<Unlisted>::new(&setup, kind, resource.clone(), namespace).run());
    }
    tasks.join_all().await;
}

async fn find(
    setup: &Setup,
    type_ref: &TypeRef,
) -> Result<(&'static KindInfo, ApiResource), Freshness> {
    let version = type_ref.api_version.rsplit_once('/').map_or(&*type_ref.api_version, |(_, v)| v);
    let gvk = GroupVersionKind::gvk(type_ref.group(), version, &type_ref.kind);
    for _ in 0..ATTEMPTS {
        match discovery::pinned_kind(&setup.client, &gvk).await {
            Ok((resource, found)) if found.scope == FoundScope::Namespaced => {
                let kind = leak(type_ref, resource.plural.clone(), Scope::Namespaced);
                return Ok((kind, resource));
            }
            // An owner without a namespace ends the climb: there is nothing to follow.
            Ok(_) | Err(kube::Error::Discovery(_)) => return Err(Freshness::Absent),
            Err(kube::Error::Api(status)) if status.is_forbidden() => {
                return Err(Freshness::Forbidden);
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                return Err(Freshness::Absent);
            }
            Err(error) => {
                tracing::debug!(kind = %type_ref.kind, %error, "discovery failed");
                sleep(RETRY_EVERY).await;
            }
        }
    }
    Err(Freshness::Absent)
}

/// A kind's description lives as long as the process; there are at most [`MAX_KINDS`] of these.
fn leak(type_ref: &TypeRef, plural: String, scope: Scope) -> &'static KindInfo {
    let text = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    let version = type_ref.api_version.rsplit_once('/').map_or(&*type_ref.api_version, |(_, v)| v);
    Box::leak(Box::new(KindInfo {
        group: text(type_ref.group()),
        version: text(version),
        kind: text(&type_ref.kind),
        plural: String::leak(plural),
        scope,
        part: Part::Input,
    }))
}
