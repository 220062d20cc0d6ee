//! What a revision's change says to a failure, beyond the field it is of.

use crate::blame::image;
use crate::blame::step::{Weight, weigh};
use crate::blame::symptom::{Detail, PullError, Symptom};
use crate::observe::Difference;

/// A reference to what is missing explains it whatever its path is called.
pub(super) fn weight_of(symptom: &Symptom<'_>, d: &Difference<'_>) -> Weight {
    if let Detail::Missing { name, key, .. } = &symptom.detail {
        let says = |leaf: Option<&crate::observe::Leaf>| {
            leaf.and_then(crate::observe::Leaf::shown)
                .is_some_and(|v| v == name || key.as_deref() == Some(v))
        };
        return if says(d.to) { Weight::Exact } else { Weight::None };
    }
    let names_unknown_host = symptom.detail == Detail::Pull(PullError::NoSuchHost)
        && d.path.ends_with(".image")
        && image::host_of(d.from) != image::host_of(d.to);
    // A registry that the image names for the first time may not exist at all.
    if names_unknown_host && weigh(symptom, d) > Weight::None {
        return Weight::Exact;
    }
    weigh(symptom, d)
}

/// Whether a field may say where something outside is, or how it is reached.
pub(super) fn carries_address(path: &str) -> bool {
    let fields = [
        ".env[",
        ".envFrom",
        ".args",
        ".command",
        ".volumeMounts[",
        "volumes[",
        "Probe.",
        "dnsPolicy",
        "dnsConfig",
        "hostNetwork",
        "hostAliases",
        "serviceAccountName",
    ];
    fields.iter().any(|field| path.contains(field))
}
