//! Which cluster, and as whom: the kubeconfig, and the flags that beat it. Nothing is written.

use super::deepest;
use crate::plugin::args::Common;
use crate::plugin::failure::Failure;
use crate::plugin::find::nearest;
use kube::Config;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig, KubeconfigError};

/// The kubeconfig as kubectl takes it, and without one the service account of a pod.
pub(super) async fn configuration(common: &Common) -> Result<Config, Failure> {
    let options = KubeConfigOptions {
        context: common.context.clone(),
        cluster: common.cluster.clone(),
        user: common.user.clone(),
    };
    let read = match &common.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = match read {
        Ok(kubeconfig) => kubeconfig,
        Err(error) if common.kubeconfig.is_none() => {
            return Config::incluster().map_err(|_| no_kubeconfig(&error));
        }
        Err(error) => return Err(no_kubeconfig(&error)),
    };
    let contexts: Vec<String> = kubeconfig.contexts.iter().map(|c| c.name.clone()).collect();
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| match error {
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
    })
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
        let path = path.display();
        return Failure::new(format!(
            "no cluster is known: {path} cannot be read ({error}); name a kubeconfig with --kubeconfig, or read a file with -f"
        ));
    }
    Failure::new(format!(
        "no cluster is known: {error}; name one with --kubeconfig, or read a file with -f"
    ))
}
