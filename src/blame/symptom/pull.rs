//! An image that cannot be had.
//!
//! *Sees*: the waiting reasons of `pkg/kubelet/images/image_manager.go`;
//! `ErrImagePull` and `ImagePullBackOff` alternate and are one.
//! *Step*: Pull. *Near miss*: `ContainerCreating` while an image is being pulled.

use super::{Detail, Instance, PullError, Symptom, node_fault};
use crate::blame::scene::{PodView, Scene};
use crate::blame::step::Step;
use crate::observe::{ContainerStatus, State};

pub(super) fn see<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &'g ContainerStatus,
) -> Option<Symptom<'g>> {
    let State::Waiting { reason, message } = &status.state else { return None };
    let word = match &**reason {
        "ErrImagePull" | "ImagePullBackOff" => "ErrImagePull",
        word @ ("InvalidImageName"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed") => word,
        _ => return None,
    };
    // The kubelet's first words on it are the most telling; the back-off's only repeat them.
    let failed = scene
        .events(view.object)
        .iter()
        .filter(|e| {
            &*e.reason == "Failed"
                && e.container.as_deref() == Some(&*status.name)
                && e.message.starts_with("Failed to pull image")
        })
        .min_by_key(|e| e.first);
    let first_bad =
        failed.and_then(|e| e.first).or(view.pod.started).unwrap_or_else(|| view.created());
    let instance =
        Instance::at_start(view, first_bad, failed.and_then(|e| e.last).unwrap_or(first_bad));
    let message = failed.map(|e| &*e.message).or(message.as_deref());
    let mut symptom =
        Symptom::of_container(view, status, Step::Pull, word, instance).saying(message);
    if message.is_some_and(node_fault::is_told_by) {
        symptom.detail = Detail::NodeFault;
    } else if word == "ErrImagePull" {
        symptom.detail = Detail::Pull(answer(message.unwrap_or_default()));
    }
    Some(symptom)
}

/// The field that names the image which cannot be had: the container's own, or that of an image
/// volume, which is pulled before it and told of as the container's
/// (kubernetes `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, KEP-4639).
pub(in crate::blame) fn path_of(symptom: &Symptom<'_>) -> Option<String> {
    let own = format!("{}.image", symptom.container_path.as_deref()?);
    let fields = symptom.first_instance()?.view.fields();
    let said = symptom.message.as_deref().unwrap_or_default();
    let words = || said.split(|c: char| c.is_whitespace() || c == '"');
    let is_named = |path: &str| {
        let image = fields.text(path);
        words().any(|word| Some(word.trim_end_matches(':')) == image)
    };
    if is_named(&own) {
        return Some(own);
    }
    let volumes = fields.under("volumes[").map(|(path, _)| path);
    let named = volumes.filter(|path| path.ends_with("].image.reference")).find(|p| is_named(p));
    Some(named.map_or(own, str::to_owned))
}

/// What the registry answered, from containerd's, CRI-O's and the kubelet's words.
fn answer(message: &str) -> PullError {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // A missing image is often answered like a forbidden one: registries do not tell which exist.
    if says(&["no match for platform", "no matching manifest"]) {
        PullError::NoPlatform
    } else if says(&[
        "certificate signed by unknown authority",
        "certificate is not trusted",
        "certificate is valid for",
        "certificate is not valid for any names",
        "doesn't contain any IP SANs",
        "server gave HTTP response to HTTPS client",
    ]) {
        // The words of Go's `crypto/x509` and `net/http` for a stranger.
        PullError::Untrusted
    } else if says(&["x509", "certificate", "tls:"]) {
        PullError::Certificate
    } else if has_code(message, &["429"])
        || says(&["toomanyrequests", "Too Many Requests", "rate limit"])
    {
        PullError::RateLimited
    } else if says(&["no such host"]) {
        PullError::NoSuchHost
    } else if has_code(message, &["500", "502", "503", "504"])
        || says(&[
            "i/o timeout",
            "TLS handshake timeout",
            "Client.Timeout",
            "connection timed out",
            "network is unreachable",
            "context canceled",
            "Internal Server Error",
            "Gateway Timeout",
            "proxyconnect",
            "connection refused",
            "connection reset",
            "no route to host",
            "deadline exceeded",
            "server misbehaving",
            "Service Unavailable",
            "Bad Gateway",
            "EOF",
        ])
    {
        PullError::Unreachable
    } else if says(&["may require", "insufficient_scope"]) {
        // containerd's, docker's and the registry's words for a refusal (containerd
        // `core/remotes/docker`, distribution `errcode`): that the repository may not exist is
        // their guess at why, and another tag of it would be refused alike.
        PullError::Denied
    } else if says(&["not found", "manifest unknown", "does not exist", "name unknown"]) {
        PullError::NotFound
    } else if has_code(message, &["401", "403"])
        || says(&[
            "unauthorized",
            "Unauthorized",
            "denied",
            "authentication required",
            "authorization failed",
            "Forbidden",
        ])
    {
        PullError::Denied
    } else {
        PullError::Other
    }
}

/// Whether a status code stands in a message by itself: digests are full of digits.
fn has_code(message: &str, codes: &[&str]) -> bool {
    let mut words = message.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| codes.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_answers_are_told_apart() {
        let cases = [
            (
                "failed to resolve reference \"localhost/busybox:nope\": localhost/busybox:nope: not found",
                PullError::NotFound,
            ),
            (
                "pull access denied, repository does not exist or may require authorization: insufficient_scope",
                PullError::Denied,
            ),
            ("failed to authorize: 401 Unauthorized", PullError::Denied),
            ("dial tcp: lookup registry.example.com: no such host", PullError::NoSuchHost),
            ("Head \"https://r.corp/v2/\": dial tcp: i/o timeout", PullError::Unreachable),
            (
                "429 Too Many Requests - toomanyrequests: You have reached your pull rate limit",
                PullError::RateLimited,
            ),
            (
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                PullError::Untrusted,
            ),
            (
                "x509: certificate has expired or is not yet valid: current time is after",
                PullError::Certificate,
            ),
            ("registry.corp/a@sha256:429a403b: not found", PullError::NotFound),
            ("no match for platform in manifest: not found", PullError::NoPlatform),
            ("net/http: TLS handshake timeout", PullError::Unreachable),
            ("unexpected status code: 503 Service Unavailable", PullError::Unreachable),
            ("rpc error: something new", PullError::Other),
        ];
        for (message, expected) in cases {
            assert_eq!(answer(message), expected, "{message}");
        }
    }
}
