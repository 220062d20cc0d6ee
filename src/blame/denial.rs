//! Why the API server refused a pod, read from its own words.
//!
//! The texts are those of kubernetes 1.28 to 1.36 (`plugin/pkg/admission/resourcequota`,
//! `limitranger`, `serviceaccount`, `pod-security-admission`, `pkg/admission/plugin/webhook`,
//! `plugin/policy/validating`). What is not recognised stays unknown.

/// What refused the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// A quota is used up.
    Quota {
        /// Its name.
        name: String,
        /// The resources that ran out, by their key in `spec.hard`.
        resources: Vec<String>,
    },
    /// A quota asks for a field that the template does not set.
    QuotaField {
        /// Its name.
        name: String,
    },
    /// A range does not allow what the template asks for.
    LimitRange,
    /// The namespace's Pod Security level.
    PodSecurity,
    /// An admission policy said no.
    Policy {
        /// Its name.
        name: String,
    },
    /// A webhook said no.
    Webhook {
        /// The webhook's name (not its configuration's).
        name: String,
    },
    /// A webhook could not be asked.
    WebhookDown {
        /// The webhook's name.
        name: String,
    },
    /// Something the pod names does not exist.
    Missing {
        /// Its kind.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// Words we do not know.
    Other,
}

impl Denial {
    /// Reads the API server's refusal.
    pub(super) fn read(text: &str) -> Self {
        let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
        let quoted = |mark: &str, quote: char| {
            after(mark)?.trim_start().strip_prefix(quote)?.split(quote).next().map(str::to_owned)
        };
        let word = |mark: &str| {
            let rest = after(mark)?.trim_start();
            Some(rest.split([',', ':', ' ', '"']).next()?.to_owned()).filter(|w| !w.is_empty())
        };
        if let Some(name) = word("exceeded quota:") {
            return Self::Quota { name, resources: requested(text) };
        }
        if let Some(name) = word("failed quota:") {
            return Self::QuotaField { name };
        }
        if text.contains("violates PodSecurity") {
            return Self::PodSecurity;
        }
        if let Some(name) = quoted("ValidatingAdmissionPolicy ", '\'') {
            return Self::Policy { name };
        }
        if let Some(name) = quoted("failed calling webhook ", '"') {
            return Self::WebhookDown { name };
        }
        if let Some(name) = quoted("admission webhook ", '"') {
            return Self::Webhook { name };
        }
        if let Some(rest) = after("error looking up service account ") {
            let name = rest
                .split([':', ' '])
                .next()
                .and_then(|path| path.rsplit('/').next())
                .unwrap_or_default();
            return Self::Missing { kind: "ServiceAccount", name: name.to_owned() };
        }
        if let Some(name) = word("no PriorityClass with name") {
            return Self::Missing { kind: "PriorityClass", name };
        }
        if text.contains("RuntimeClass") && text.contains("not found") {
            let name = quoted("RuntimeClass ", '"')
                .or_else(|| quoted("runtimeclasses.node.k8s.io ", '"'))
                .unwrap_or_default();
            return Self::Missing { kind: "RuntimeClass", name };
        }
        if text.contains("because it is being terminated") {
            return Self::NamespaceTerminating;
        }
        if text.contains("per Container is")
            || text.contains("per Pod is")
            || text.contains("max limit to request ratio")
        {
            return Self::LimitRange;
        }
        Self::Other
    }
}

/// `requested: pods=1,cpu=2, used: …` → `[pods, cpu]`.
fn requested(text: &str) -> Vec<String> {
    let list = text
        .split_once("requested: ")
        .map_or("", |(_, rest)| rest.split(", used").next().unwrap_or(rest));
    list.split(',')
        .filter_map(|item| item.trim().split_once('='))
        .map(|(key, _)| key.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let cases = [
            (
                "pods \"web-5b9c855f-fkg5g\" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2",
                Denial::Quota { name: "pods".into(), resources: vec!["pods".into()] },
            ),
            (
                "pods \"a\" is forbidden: failed quota: q: must specify limits.cpu for: main",
                Denial::QuotaField { name: "q".into() },
            ),
            (
                "pods \"a\" is forbidden: error looking up service account default/builder: serviceaccount \"builder\" not found",
                Denial::Missing { kind: "ServiceAccount", name: "builder".into() },
            ),
            (
                "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no",
                Denial::Policy { name: "no-latest".into() },
            ),
            (
                "admission webhook \"deny.example.com\" denied the request: no",
                Denial::Webhook { name: "deny.example.com".into() },
            ),
            (
                "Internal error occurred: failed calling webhook \"w.example.com\": Post: connection refused",
                Denial::WebhookDown { name: "w.example.com".into() },
            ),
            (
                "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": x",
                Denial::PodSecurity,
            ),
            (
                "pods \"a\" is forbidden: maximum memory usage per Container is 64Mi, but limit is 128Mi",
                Denial::LimitRange,
            ),
            (
                "pods \"a\" is forbidden: no PriorityClass with name high was found",
                Denial::Missing { kind: "PriorityClass", name: "high".into() },
            ),
            ("something new", Denial::Other),
        ];
        for (text, denial) in cases {
            assert_eq!(Denial::read(text), denial, "{text}");
        }
    }
}
