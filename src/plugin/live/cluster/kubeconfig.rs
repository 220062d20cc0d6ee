//! Which cluster, and as whom: the kubeconfig, and the flags that beat it. Nothing is written.

use super::deepest;
use super::proxy::Proxy;
use crate::plugin::args::Common;
use crate::plugin::failure::Failure;
use crate::plugin::find::nearest;
use crate::plugin::offline;
use kube::Config;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig, KubeconfigError};
use std::io::ErrorKind;

/// The kubeconfig as kubectl takes it, and without one the service account of a pod.
pub(super) async fn configuration(common: &Common) -> Result<(Config, Proxy), Failure> {
    let options = KubeConfigOptions {
        context: common.context.clone(),
        cluster: common.cluster.clone(),
        user: common.user.clone(),
    };
    let read = match &common.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => of_environment(),
    };
    let kubeconfig = match read {
        Ok(kubeconfig) => kubeconfig,
        Err(error) if common.kubeconfig.is_none() => {
            let config = Config::incluster().map_err(|_| no_kubeconfig(&error))?;
            return Ok((config, Proxy::OfKubeconfig));
        }
        Err(error) => return Err(no_kubeconfig(&error)),
    };
    let contexts: Vec<String> = kubeconfig.contexts.iter().map(|c| c.name.clone()).collect();
    let proxy = Proxy::of(&kubeconfig, &options);
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let config = config.map_err(|error| match error {
        KubeconfigError::LoadContext(name) => {
            let near = nearest(&name, contexts.iter().map(String::as_str));
            let near = if near.is_empty() {
                format!("it has {}", contexts.join(", "))
            } else {
                format!("did you mean {}?", near.join(" or "))
            };
            Failure::new(format!("the kubeconfig has no context {name:?}; {near}"))
        }
        KubeconfigError::CurrentContextNotSet => {
            Failure::new("the kubeconfig names no current context: choose one with --context")
        }
        error => Failure::new(format!("the kubeconfig cannot be used: {}", deepest(&error))),
    })?;
    Ok((config, proxy))
}

/// The files that `KUBECONFIG` names, or else the usual one. Of several files those that are not
/// there are left out, as kubectl does.
fn of_environment() -> Result<Kubeconfig, KubeconfigError> {
    let named = std::env::var_os("KUBECONFIG").unwrap_or_default();
    let mut paths: Vec<_> = std::env::split_paths(&named).collect();
    paths.retain(|path| !path.as_os_str().is_empty());
    let (mut merged, mut missing) = (None, None);
    for path in &paths {
        merged = match (Kubeconfig::read_from(path), merged) {
            (Ok(next), None) => Some(next),
            (Ok(next), Some(before)) => Some(Kubeconfig::merge(before, next)?),
            (Err(KubeconfigError::ReadConfig(error, path)), before)
                if error.kind() == ErrorKind::NotFound =>
            {
                missing = missing.or(Some(KubeconfigError::ReadConfig(error, path)));
                before
            }
            (Err(error), _) => return Err(error),
        };
    }
    match (merged, missing) {
        (Some(merged), _) => Ok(merged),
        (None, Some(missing)) => Err(missing),
        (None, None) => Kubeconfig::read(),
    }
}

/// What flags say beats the kubeconfig.
pub(super) fn overrule(config: &mut Config, common: &Common) -> Result<(), Failure> {
    if let Some(server) = &common.server {
        let url = if server.contains("://") { server.clone() } else { format!("https://{server}") };
        config.cluster_url = url.parse().map_err(|_| {
            Failure::new(format!("--server {server:?} is no address: write https://HOST:PORT"))
        })?;
    }
    if let Some(path) = &common.certificate_authority {
        std::fs::metadata(path).map_err(|error| {
            Failure::new(format!(
                "--certificate-authority {} cannot be read: {error}",
                path.display()
            ))
        })?;
        config.root_cert_file = Some(path.clone());
    }
    if common.insecure_skip_tls_verify {
        config.accept_invalid_certs = true;
    }
    if let Some(token) = &common.token {
        // A token replaces whatever else would prove who asks, as in kubectl.
        config.auth_info = AuthInfo { token: Some(token.clone().into()), ..AuthInfo::default() };
    }
    Ok(())
}

fn no_kubeconfig(error: &KubeconfigError) -> Failure {
    if let KubeconfigError::ReadConfig(error, path) = error {
        let why = offline::unreadable(path, error);
        return Failure::new(format!(
            "no cluster is known: {why}; name a kubeconfig with --kubeconfig, or read a file with -f"
        ));
    }
    // What follows is the file's own text, which may hold a password.
    let error = error.to_string();
    let error = error.split(" -->").next().unwrap_or_default().trim_end();
    Failure::new(format!(
        "no cluster is known: {error}; name one with --kubeconfig, or read a file with -f"
    ))
}
