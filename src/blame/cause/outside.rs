//! Something outside the pod that its own words name: a refused or unknown address.
//!
//! *Sees*: the output of a probe, the last words of a container (its termination message), or of
//! a mount, that tell of a connection which was refused, timed out or found no host.
//! *Near miss*: the kubelet's own HTTP or TCP probe, which the pod itself refuses; an
//! address of the pod itself; a revision that changed where an address can stand (its own
//! change explains better).

use super::{Candidate, Case, Proof};
use crate::blame::chain;
use crate::blame::lineage;
use crate::blame::scene::{SLACK, object_ref};
use crate::blame::step::{Step, Weight};
use crate::blame::symptom::{Detail, Instance};
use crate::report::{CauseClass, Evidence};

/// What the common languages say of an address that cannot be reached.
const WORDS: &[&str] = &[
    "connection refused",
    "ECONNREFUSED",
    "no such host",
    "ENOTFOUND",
    "Name or service not known",
    "Temporary failure in name resolution",
    "no route to host",
    "No route to host",
    "Connection refused",
    "could not connect to server",
    "Connection timed out",
    "i/o timeout",
];

/// The addresses of the pod itself.
const INSIDE: &[&str] = &["127.0.0.1", "localhost", "[::1]"];

pub(super) fn changes(case: &Case<'_, '_>) -> Vec<Candidate> {
    let symptom = case.symptom;
    let (Step::Volumes | Step::Run | Step::Probe, Some(instance)) =
        (symptom.step, symptom.first_instance())
    else {
        return Vec::new();
    };
    if matches!(symptom.detail, Detail::Gate(_) | Detail::Oom) {
        return Vec::new();
    }
    let Some(said) = last_words(case, instance) else { return Vec::new() };
    let is_dead = chain::names_dead_service(case.scene, &said);
    // Whether the volume is as old as the server's silence only the revision before can tell.
    let is_lost = symptom.step == Step::Volumes
        && symptom.revision.is_some_and(|at| lineage::is_lost(case.scene, at));
    vec![Candidate {
        weight: if is_dead { Weight::Exact } else { Weight::Reads },
        proof: match is_dead {
            true => Proof::Supported,
            false if is_lost => Proof::TimeOnly,
            false => Proof::Open,
        },
        is_doubtful: true,
        what: "what the pod depends on cannot be reached".to_owned(),
        evidence: vec![Evidence {
            object: object_ref(instance.view.object),
            field: "message".to_owned(),
            value: Some(crate::observe::line(&said, 256)),
            time: Some(instance.first_bad.into()),
        }],
        ..Candidate::new(CauseClass::External, None)
    }]
}

/// Whether the pod's own words name an address outside that it cannot reach: a change that
/// carries no address does not explain them.
pub(super) fn is_told(case: &Case<'_, '_>) -> bool {
    let said = || last_words(case, case.symptom.first_instance()?);
    matches!(case.symptom.step, Step::Run | Step::Probe)
        && !matches!(case.symptom.detail, Detail::Gate(_) | Detail::Oom)
        && said().is_some()
}

/// The words of a probe or of the container itself that name what it cannot reach.
fn last_words(case: &Case<'_, '_>, instance: &Instance<'_>) -> Option<String> {
    let symptom = case.symptom;
    let own = symptom.message.as_deref().filter(|said| tells(said));
    // What else keeps a volume away (the API server, a driver's socket) is the cluster's own.
    let own = own.filter(|said| symptom.step != Step::Volumes || said.contains("mount failed: "));
    let by_probe = || {
        let events = case.scene.events(instance.view.object).iter();
        events
            .filter(|e| &*e.reason == "Unhealthy" && e.container == symptom.container)
            .filter(|e| e.first.is_none_or(|at| at <= instance.last_bad + SLACK))
            .find(|e| tells(&e.message))
            .map(|e| e.message.to_string())
    };
    let is_probe = symptom.step == Step::Probe || symptom.detail == Detail::ProbeKill;
    own.map(str::to_owned).or_else(|| by_probe().filter(|_| is_probe))
}

fn tells(said: &str) -> bool {
    // Kubernetes `pkg/probe/http` and `pkg/probe/tcp`: the probe speaks of the pod itself.
    let output = said.split_once("probe failed: ").map_or(said, |(_, output)| output);
    let is_own = output.starts_with("Get \"http") || output.starts_with("dial tcp ");
    let is_probe = said.contains("probe failed: ") || said.contains("probe errored");
    // Whoever listens there is in the pod itself.
    let is_inside = INSIDE.iter().any(|address| said.contains(address));
    !(is_inside || is_own && is_probe) && WORDS.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::tells;

    #[test]
    fn only_what_names_another_tells() {
        assert!(tells("Readiness probe failed: psql: could not connect to server: db"));
        assert!(tells("dial tcp: lookup db on 10.96.0.10:53: no such host"));
        assert!(!tells(
            "Readiness probe failed: Get \"http://10.1.1.1:80/\": dial tcp 10.1.1.1:80: connect: connection refused"
        ));
        assert!(!tells("dial tcp 127.0.0.1:15001: connect: connection refused"));
        assert!(!tells("Liveness probe failed: dial tcp 10.1.1.1:80: i/o timeout"));
        assert!(!tells("Readiness probe failed: HTTP probe failed with statuscode: 500"));
    }
}
