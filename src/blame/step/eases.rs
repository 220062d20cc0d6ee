//! Changes that can only have eased what failed: more of what ran out, a probe that waits
//! longer. However new they are, they do not explain the failure.

use super::Step;
use crate::blame::quantity::quantity;
use crate::blame::symptom::{Detail, Symptom};
use crate::observe::{Difference, Leaf};

/// Whether a change made this very failure less likely, not more.
pub(super) fn is_relief(symptom: &Symptom<'_>, d: &Difference<'_>) -> bool {
    let gives_more = || raised(d) == Some(true);
    match symptom.step {
        Step::Schedule => asks_for_less(d),
        Step::Run if symptom.detail == Detail::Oom => {
            d.path.contains(".resources.") && d.path.ends_with("memory") && gives_more()
        }
        Step::Run | Step::Probe => is_patience(d.path) && gives_more(),
        Step::Stay => {
            let is_limit =
                d.path.ends_with("emptyDir.sizeLimit") || d.path.ends_with("ephemeral-storage");
            is_limit && (d.to.is_none() || gives_more())
        }
        _ => false,
    }
}

/// Whether the pod can be placed wherever it could be before.
pub(in crate::blame) fn asks_for_less(d: &Difference<'_>) -> bool {
    if d.path.contains(".resources.") {
        return d.to.is_none() || raised(d) == Some(false);
    }
    let is_of = |fields: &[&str]| fields.iter().any(|field| d.path.starts_with(field));
    is_of(&["tolerations"]) && d.from.is_none()
        || is_of(&["nodeSelector", "affinity", "topologySpreadConstraints"]) && d.to.is_none()
}

/// The fields of a probe that let it wait longer the larger they are.
fn is_patience(path: &str) -> bool {
    let is_probe = ["livenessProbe.", "startupProbe.", "readinessProbe."];
    let fields = ["failureThreshold", "timeoutSeconds", "initialDelaySeconds", "periodSeconds"];
    is_probe.iter().any(|probe| path.contains(probe))
        && fields.iter().any(|field| path.ends_with(field))
}

/// Whether a quantity went up (or down); `None` where it cannot be told, or stayed.
fn raised(d: &Difference<'_>) -> Option<bool> {
    let of = |leaf: Option<&Leaf>| leaf.and_then(Leaf::shown).and_then(quantity);
    let (from, to) = match (of(d.from), of(d.to)) {
        (Some(from), Some(to)) => (from, to),
        // A delay that nobody names is none.
        (None, Some(to)) if d.path.ends_with("initialDelaySeconds") => (0.0, to),
        _ => return None,
    };
    to.partial_cmp(&from).filter(|order| order.is_ne()).map(std::cmp::Ordering::is_gt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_by_value() {
        let is_more = |from: &str, to: &str| {
            let (from, to) = (Leaf::Shown(from.into()), Leaf::Shown(to.into()));
            raised(&Difference { path: "x", from: Some(&from), to: Some(&to) })
        };
        assert_eq!(is_more("500m", "1"), Some(true));
        assert_eq!(is_more("1Gi", "1G"), Some(false));
        assert_eq!(is_more("1024Mi", "1Gi"), None);
        assert_eq!(is_more("2e3", "3k"), Some(true));
        assert_eq!(is_more("1", "much"), None);
    }
}
