//! The kinds of a cluster, as the API server lists them: with their short names.
//!
//! Two requests: `/api` and `/apis` as aggregated discovery. Servers before 1.26 do not
//! have that; they are asked group by group, and their short names stay unknown.

use super::super::failure::Failure;
use super::cluster::Cluster;
use super::resource::Resource;
use kube::discovery::Discovery;
use serde::Deserialize;

/// How a client asks for every group at once, the newest form first.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/// One kind that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) struct Served {
    pub(in crate::plugin) resource: Resource,
    pub(in crate::plugin) short_names: Vec<String>,
    pub(in crate::plugin) can_list: bool,
}

#[derive(Deserialize)]
struct Groups {
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    // The core group has no name.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    resource: String,
    #[serde(default)]
    response_kind: Kind,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    singular_resource: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

/// Every kind that the server has, each in its preferred version.
pub(in crate::plugin) async fn all(cluster: &Cluster) -> Result<Vec<Served>, Failure> {
    let mut found = Vec::new();
    for path in ["/api", "/apis"] {
        let answer = cluster.raw(path, ACCEPT).await?;
        match answer.as_deref().map(serde_json::from_str::<Groups>) {
            Some(Ok(groups)) => found.extend(served(groups)),
            _ => return one_by_one(cluster).await,
        }
    }
    Ok(found)
}

fn served(groups: Groups) -> Vec<Served> {
    let mut found: Vec<Served> = Vec::new();
    for group in groups.items {
        let first = found.len();
        for version in group.versions {
            for listed in version.resources {
                // The first version is the preferred one.
                let is_known = found
                    .get(first..)
                    .unwrap_or_default()
                    .iter()
                    .any(|known| known.resource.plural == listed.resource);
                if is_known {
                    continue;
                }
                let mut short_names = listed.short_names;
                short_names.push(listed.singular_resource);
                found.push(Served {
                    resource: Resource {
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        kind: listed.response_kind.kind,
                        plural: listed.resource,
                        namespaced: listed.scope == "Namespaced",
                    },
                    short_names,
                    can_list: listed.verbs.iter().any(|verb| verb == "list"),
                });
            }
        }
    }
    found
}

async fn one_by_one(cluster: &Cluster) -> Result<Vec<Served>, Failure> {
    let discovery = Discovery::new(cluster.client.clone()).run().await.map_err(|error| {
        Failure::new(format!("the kinds of the cluster cannot be listed: {error}"))
    })?;
    Ok(discovery
        .groups()
        .flat_map(kube::discovery::ApiGroup::recommended_resources)
        .map(|(api, capabilities)| Served {
            can_list: capabilities.supports_operation("list"),
            short_names: Vec::new(),
            resource: Resource {
                group: api.group,
                version: api.version,
                kind: api.kind,
                plural: api.plural,
                namespaced: capabilities.scope == kube::discovery::Scope::Namespaced,
            },
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_are_read_in_their_preferred_version() {
        let resource = |version: &str| {
            json!({ "version": version, "resources": [{
                "resource": "rollouts", "responseKind": { "kind": "Rollout" }, "scope": "Namespaced",
                "shortNames": ["ro"], "singularResource": "rollout", "verbs": ["get", "list"],
            }] })
        };
        let groups = json!({ "items": [{
            "metadata": { "name": "argoproj.io" }, "versions": [resource("v2"), resource("v1")],
        }] });
        let found = served(serde_json::from_value(groups).expect("valid"));
        assert_eq!(found.len(), 1, "{found:?}");
        let one = &found[0];
        assert_eq!(one.resource.full_name(), "rollouts.argoproj.io");
        assert_eq!((one.resource.version.as_str(), one.can_list), ("v2", true));
        assert_eq!(one.short_names, ["ro", "rollout"]);
    }
}
