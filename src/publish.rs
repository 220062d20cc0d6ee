//! Publishing: which report is to say what, and when it is written.
//!
//! [`Publisher`] decides and never waits; [`Writer`] carries out what it orders.
//! What was written is remembered as it stands in the cluster, so that after a
//! restart nothing is written that already stands.

mod changed;
mod name;
mod order;
mod pace;
mod publisher;
mod queue;
mod standing;
mod write;

pub use name::Key;
pub use order::{Done, Notice, Order, Outcome, Put, Reason, Refusal, Task};
pub use publisher::{Limits, Publisher};
pub use write::Writer;

/// The field manager of everything we write.
pub const FIELD_MANAGER: &str = "kubeblame";
/// How our own events name their reporter.
pub const REPORTER: &str = "kubeblame.dev/controller";

#[cfg(test)]
mod tests {
    use crate::report::{Condition, Moment, PodCounts, RevisionEntry, Status, Verdict};
    use jiff::Timestamp;

    /// The smallest status with a verdict.
    pub(super) fn status(verdict: Verdict) -> Status {
        let since = Moment::from(Timestamp::UNIX_EPOCH);
        let is_healthy = if verdict == Verdict::Healthy { "True" } else { "False" };
        let condition = |type_: &str, status: &str| Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: verdict.to_string(),
            message: String::new(),
            last_transition_time: since,
            observed_generation: None,
        };
        Status {
            root_generation: Some(1),
            observed_generation: None,
            verdict,
            since,
            summary: format!("it is {verdict}"),
            conditions: vec![condition("Healthy", is_healthy), condition("Fresh", "True")],
            display: None,
            owners: Vec::new(),
            findings: Vec::new(),
            revisions: Vec::new(),
            inputs: Vec::new(),
            pending_edit: None,
            history: Vec::new(),
            omitted: None,
        }
    }

    /// The same, with a finding that blames the current revision.
    pub(super) fn blaming(mut status: Status) -> Status {
        let finding = serde_json::json!({
            "symptom": {
                "reason": "CrashLoopBackOff", "container": "main", "pods": 1,
                "firstSeen": status.since, "lastSeen": status.since,
            },
            "cause": { "class": "Revision", "confidence": "Certain", "summary": "revision 2" },
        });
        status.findings.push(serde_json::from_value(finding).expect("a finding"));
        status
    }

    /// The same, with a current revision.
    pub(super) fn with_revision(mut status: Status, revision: i64) -> Status {
        status.root_generation = Some(revision);
        status.revisions = vec![RevisionEntry {
            revision: Some(revision),
            current: true,
            controller: None,
            created_at: None,
            last_healthy: None,
            changes: Vec::new(),
            by: None,
            change_cause: None,
            pods: PodCounts::default(),
            pod_details: Vec::new(),
        }];
        status
    }
}
