//! Through which proxy the API server is asked, by the rules of kubectl.
//!
//! kube-rs takes `HTTPS_PROXY` for every server, also for one on this machine, and asks
//! `NO_PROXY` about the proxy instead of the server.

use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::net::IpAddr;

/// Where it is said which proxy to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    /// The kubeconfig names one for this cluster, or there is no environment to heed.
    OfKubeconfig,
    /// The environment decides.
    OfEnvironment,
}

impl Proxy {
    /// Whether the cluster that is asked has a proxy of its own.
    pub(super) fn of(kubeconfig: &Kubeconfig, options: &KubeConfigOptions) -> Self {
        let context = options.context.as_ref().or(kubeconfig.current_context.as_ref());
        let context = kubeconfig.contexts.iter().find(|known| Some(&known.name) == context);
        let of_context = || context.and_then(|known| known.context.as_ref()).map(|c| &c.cluster);
        let name = options.cluster.as_ref().or_else(of_context);
        let cluster = kubeconfig.clusters.iter().find(|known| Some(&known.name) == name);
        let own = cluster.and_then(|known| known.cluster.as_ref()?.proxy_url.as_ref());
        if own.is_some_and(|url| !url.is_empty()) {
            Self::OfKubeconfig
        } else {
            Self::OfEnvironment
        }
    }

    /// Sets the proxy for the server that is asked in the end.
    pub(super) fn apply(self, config: &mut Config) {
        if self == Self::OfEnvironment {
            config.proxy_url = of(&config.cluster_url, |name| std::env::var(name).ok());
        }
    }
}

/// The proxy for a server, by the environment's variables.
fn of(server: &http::Uri, variable: impl Fn(&str) -> Option<String>) -> Option<http::Uri> {
    let host = server.host()?.trim_start_matches('[').trim_end_matches(']');
    if host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        return None;
    }
    let either = |name: &str| {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        set(name).or_else(|| set(&name.to_ascii_lowercase()))
    };
    let scheme = server.scheme_str().unwrap_or("https");
    let proxy = either(if scheme == "http" { "HTTP_PROXY" } else { "HTTPS_PROXY" })?;
    let proxy = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
    let matcher = Matcher::builder()
        .http(proxy.clone())
        .https(proxy.clone())
        .no(either("NO_PROXY").unwrap_or_default())
        .build();
    matcher.intercept(server)?;
    proxy.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::of;

    fn proxy(server: &str, no_proxy: &str) -> Option<String> {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://me:secret@proxy:3128".to_owned()),
            "http_proxy" => Some("plain:8080".to_owned()),
            "no_proxy" => Some(no_proxy.to_owned()),
            _ => None,
        };
        of(&server.parse().expect("an address"), variable).map(|uri| uri.to_string())
    }

    #[test]
    fn the_environment_is_heeded_as_kubectl_does() {
        let https = Some("http://me:secret@proxy:3128/".to_owned());
        assert_eq!(proxy("https://api.example.com:6443", ""), https);
        assert_eq!(proxy("http://api.example.com", ""), Some("http://plain:8080/".to_owned()));
        for (server, no_proxy) in [
            // A cluster on this machine is behind no proxy.
            ("https://127.0.0.1:6443", ""),
            ("https://localhost:6443", ""),
            ("https://[::1]:6443", ""),
            ("https://api.example.com:6443", "example.com"),
            ("https://api.example.com:6443", "a.test, .example.com"),
            ("https://10.1.2.3:6443", "10.0.0.0/8"),
            ("https://api.example.com:6443", "*"),
        ] {
            assert_eq!(proxy(server, no_proxy), None, "{server} {no_proxy}");
        }
        assert_eq!(proxy("https://api.example.com:6443", "other.com,10.0.0.0/8"), https);
    }
}
