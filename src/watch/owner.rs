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
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How many such kinds are followed at most; more than any cluster's workload controllers.
const MAX_KINDS: usize = 64;
/// How often discovery is asked again while the server does not answer.
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// How often in all.
const ATTEMPTS: u32 = 12;

/// Follows every kind it is told of, once each.
pub async fn follow_owners(setup: Setup, mut kinds: mpsc::Receiver<TypeRef>) {
    let mut tasks = JoinSet::new();
    let mut names: BTreeSet<(String, String)> =
        KINDS.iter().map(|k| (k.group.to_owned(), k.kind.to_owned())).collect();
    while let Some(type_ref) = kinds.recv().await {
        let is_new = names.len() < KINDS.len() + MAX_KINDS
            && names.insert((type_ref.group().to_owned(), type_ref.kind.to_string()));
        if is_new {
            tasks.spawn(follow_owner(setup.clone(), type_ref));
        }
    }
}

async fn follow_owner(setup: Setup, type_ref: TypeRef) {
    let (kind, resource) = match find(&setup, &type_ref).await {
        Ok(found) => found,
        Err(freshness) => {
            let kind = leak(&type_ref, String::new(), Scope::Namespaced);
            let origin = Origin { name: kind.list_name(), namespace: None };
            _ = setup.changes.send(Change::Freshness(kind, origin, freshness)).await;
            return;
        }
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
