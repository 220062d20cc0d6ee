//! `kubeblame crd`: the CRD that belongs to this version, printed or applied.

use super::Error;
use super::client::{client, cluster};
use crate::config::Crd;
use crate::crd::crd;
use crate::publish::FIELD_MANAGER;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{Patch, PatchParams};
use std::io::Write as _;

/// Prints the CRD as YAML, or brings the cluster's up to date by server-side apply.
///
/// # Errors
/// When there is no cluster, or it refuses the CRD.
pub async fn install_crd(ask: Crd) -> Result<(), Error> {
    let crd = crd();
    if !ask.apply {
        let yaml = serde_saphyr::to_string(&crd).map_err(std::io::Error::other);
        let written = yaml.and_then(|yaml| std::io::stdout().write_all(yaml.as_bytes()));
        return written.map_err(Error::Write);
    }
    let cluster = cluster(ask.target.kubeconfig.as_deref(), ask.target.context.as_deref()).await?;
    let crds: Api<CustomResourceDefinition> = Api::all(client(cluster)?);
    let name = crd.metadata.name.clone().unwrap_or_default();
    let params = PatchParams::apply(FIELD_MANAGER).force();
    let applied = crds.patch(&name, &params, &Patch::Apply(&crd)).await;
    applied.map_err(|error| Error::Crd(Box::new(error)))?;
    tracing::info!(name, "the CRD is up to date");
    Ok(())
}
