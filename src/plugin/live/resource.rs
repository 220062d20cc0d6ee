//! Where the objects of a kind are: from the built-in table, or else by discovery.

use super::super::failure::Failure;
use super::super::find::nearest;
use super::super::kinds::KindWord;
use super::super::verb;
use super::cluster::Cluster;
use super::discovery::{self, Served};
use crate::observe::{KINDS, KindInfo, Scope, Secret, Watched};
use crate::report::{GROUP, KIND};

/// A kind as the API server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) struct Resource {
    pub(in crate::plugin) group: String,
    pub(in crate::plugin) version: String,
    pub(in crate::plugin) kind: String,
    pub(in crate::plugin) plural: String,
    pub(in crate::plugin) namespaced: bool,
}

impl From<&KindInfo> for Resource {
    fn from(info: &KindInfo) -> Self {
        Self {
            group: info.group.into(),
            version: info.version.into(),
            kind: info.kind.into(),
            plural: info.plural.into(),
            namespaced: info.scope == Scope::Namespaced,
        }
    }
}

impl Resource {
    /// The resource of a built-in kind.
    pub(in crate::plugin) fn built_in(kind: &str) -> Option<Self> {
        let secret: [KindInfo; 1] = [Secret::KIND];
        KINDS.iter().chain(&secret).find(|info| info.kind == kind).map(Self::from)
    }

    /// The reports themselves.
    pub(in crate::plugin) fn reports() -> Self {
        Self {
            group: GROUP.into(),
            version: "v1alpha1".into(),
            kind: KIND.into(),
            plural: "blamereports".into(),
            namespaced: true,
        }
    }

    /// The path of its objects.
    pub(in crate::plugin) fn path(&self, namespace: Option<&str>) -> String {
        let (group, version) = (&self.group, &self.version);
        let start = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{start}/namespaces/{namespace}/{}", self.plural),
            None => format!("{start}/{}", self.plural),
        }
    }

    /// `apps/v1`.
    pub(in crate::plugin) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, as RBAC names it.
    pub(in crate::plugin) fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// The resource that a word names. Only kinds that are not built in cost requests.
pub(in crate::plugin) async fn resolve(
    cluster: &Cluster,
    word: &KindWord,
) -> Result<Resource, Failure> {
    if let Some(info) = word.built_in() {
        return Ok(info.into());
    }
    let served = discovery::all(cluster).await?;
    let named = |served: &&Served| {
        word.names_served(&served.resource.kind, &served.resource.group, &served.short_names)
            || word.names_plural(&served.resource.plural, &served.resource.group)
    };
    let found: Vec<&Resource> =
        served.iter().filter(named).map(|served| &served.resource).collect();
    // The kinds of Kubernetes itself come before those of others, as in kubectl.
    let own = found.iter().find(|r| !r.group.contains('.') || r.group.ends_with(".k8s.io"));
    match (own, &*found) {
        (Some(own), _) => return Ok((*own).clone()),
        (None, [one]) => return Ok((*one).clone()),
        (None, []) => {}
        (None, several) => {
            let names: Vec<String> = several.iter().map(|r| r.full_name()).collect();
            return Err(Failure::new(format!("{word} is ambiguous: write {}", names.join(" or "))));
        }
    }
    let text = word.to_string();
    let near = nearest(&text, served.iter().map(|served| &*served.resource.plural));
    let near = match (&*near, verb::like(&text)) {
        ([], Some(verb)) => format!("; did you mean kubectl blame {verb}?"),
        ([], None) => format!(": write KIND/NAME, e.g. deploy/{text}"),
        (near, _) => format!("; did you mean {}?", near.join(" or ")),
    };
    Err(Failure::new(format!("the server has no kind {text:?}{near}")))
}

/// The resource of an owner that an object names.
pub(in crate::plugin) async fn of_owner(
    cluster: &Cluster,
    api_version: &str,
    kind: &str,
) -> Result<Option<Resource>, Failure> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    if let Some(known) = Resource::built_in(kind).filter(|known| known.group == group) {
        return Ok(Some(known));
    }
    // One request for the kinds of one group and version.
    let found = kube::discovery::pinned_kind(
        &cluster.client,
        &kube::core::GroupVersionKind::gvk(group, version, kind),
    )
    .await;
    Ok(found.ok().map(|(api, capabilities)| Resource {
        group: api.group,
        version: api.version,
        kind: api.kind,
        plural: api.plural,
        namespaced: capabilities.scope == kube::discovery::Scope::Namespaced,
    }))
}

/// Every kind that the server can list.
pub(in crate::plugin) async fn every(cluster: &Cluster) -> Result<Vec<Resource>, Failure> {
    let served = discovery::all(cluster).await?;
    Ok(served.into_iter().filter(|served| served.can_list).map(|served| served.resource).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let path = |kind: &str, ns| Resource::built_in(kind).expect("built in").path(ns);
        assert_eq!(path("Pod", Some("a")), "/api/v1/namespaces/a/pods");
        assert_eq!(path("Deployment", None), "/apis/apps/v1/deployments");
        assert_eq!(path("Node", Some("a")), "/api/v1/nodes");
        assert_eq!(
            Resource::built_in("Deployment").expect("built in").full_name(),
            "deployments.apps"
        );
    }
}
