//! How long a probe may take before it counts: what its own fields allow.

use crate::observe::Fields;

/// What the API defaults a probe's period to, in seconds.
const PERIOD: i64 = 10;
/// What the API defaults a probe's failure threshold to.
const FAILURES: i64 = 3;
/// What the API defaults a pod's grace period to, in seconds.
const GRACE: i64 = 30;
/// More than any probe is given, in seconds.
const DAY: i64 = 86_400;

/// How long a probe may take to pass or to give up, in seconds.
fn of_probe(fields: &Fields, probe: &str) -> i64 {
    let number = |field: &str, default: i64| {
        fields.number(&format!("{probe}.{field}")).unwrap_or(default).clamp(0, DAY)
    };
    number("initialDelaySeconds", 0)
        + number("periodSeconds", PERIOD).max(1) * number("failureThreshold", FAILURES).max(1)
}

/// How long a container's probes of these names take in all, in seconds; `None` where it has none.
pub(super) fn of_probes(fields: &Fields, container: &str, probes: [&str; 2]) -> Option<i64> {
    let paths = probes.map(|probe| format!("{container}.{probe}"));
    let is_there = |path: &&String| fields.under(&format!("{path}.")).next().is_some();
    paths.iter().filter(is_there).map(|path| of_probe(fields, path)).reduce(|a, b| a + b)
}

/// How long a container takes at most to be killed by its probes when it never answers
/// them, in seconds: both probes' time, and the grace period that ends it.
pub(super) fn until_killed(fields: &Fields, container: &str) -> i64 {
    let own = format!("{container}.livenessProbe.terminationGracePeriodSeconds");
    let grace = fields.number(&own).or_else(|| fields.number("terminationGracePeriodSeconds"));
    let budget = of_probes(fields, container, ["startupProbe", "livenessProbe"]).unwrap_or(0);
    budget + grace.unwrap_or(GRACE).clamp(0, DAY)
}
