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

/// What the API defaults a probe's timeout to, in seconds.
const TIMEOUT: i64 = 1;

/// Whether a probe is known to be answered. One that is not may take its whole timeout for
/// each attempt: the kubelet asks again only then (kubernetes `pkg/kubelet/prober/worker.go`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Known,
    Unknown,
}

/// How long a probe may take to pass or to give up, in seconds.
fn of_probe(fields: &Fields, probe: &str, answers: Answers) -> i64 {
    let number = |field: &str, default: i64| {
        fields.number(&format!("{probe}.{field}")).unwrap_or(default).clamp(0, DAY)
    };
    let period = number("periodSeconds", PERIOD).max(1);
    let attempt = match answers {
        Answers::Known => period,
        Answers::Unknown => period.max(number("timeoutSeconds", TIMEOUT)),
    };
    number("initialDelaySeconds", 0) + attempt * number("failureThreshold", FAILURES).max(1)
}

/// How long a container's probes of these names take in all, in seconds; `None` where it has none.
pub(super) fn of_probes(
    fields: &Fields,
    container: &str,
    probes: [&str; 2],
    answers: Answers,
) -> Option<i64> {
    let paths = probes.map(|probe| format!("{container}.{probe}"));
    let is_there = |path: &&String| fields.under(&format!("{path}.")).next().is_some();
    paths.iter().filter(is_there).map(|path| of_probe(fields, path, answers)).reduce(|a, b| a + b)
}

/// How long a container takes at most to be killed by its probes when it never answers
/// them, in seconds: both probes' time, and the grace period that ends it.
pub(super) fn until_killed(fields: &Fields, container: &str) -> i64 {
    let own = format!("{container}.livenessProbe.terminationGracePeriodSeconds");
    let grace = fields.number(&own).or_else(|| fields.number("terminationGracePeriodSeconds"));
    let budget = of_probes(fields, container, ["startupProbe", "livenessProbe"], Answers::Unknown)
        .unwrap_or(0);
    budget + grace.unwrap_or(GRACE).clamp(0, DAY)
}
