//! How long one kind of trouble may last before it is final.
//!
//! | trouble | final after |
//! |---|---|
//! | a container dies | more bad ends than are allowed (one) |
//! | an image that is blamed on a change; an image name that is none | at once |
//! | any other answer of a registry | 60 s |
//! | a process that cannot be started | 10 s |
//! | a `ConfigMap`, Secret or key that is missing | 15 s |
//! | refused pods | 3 s; a quota that old pods may free 30 s, a missing `ServiceAccount` and the like 15 s |
//! | a volume of a `ConfigMap` or Secret that is missing | 20 s; of a claim that is missing 30 s |
//! | no node fits, a probe that is slow, a volume, an eviction | the deadline only |

use crate::report::{CauseClass, Finding, Status};

/// What ends the patience with one finding.
pub(super) enum Patience {
    /// The number of bad ends that are allowed.
    Ends,
    /// A time, in seconds.
    Seconds(i64),
    /// The deadline only.
    Deadline,
}

pub(super) fn patience(finding: &Finding, status: &Status) -> Patience {
    use Patience::{Deadline, Ends, Seconds};
    let says = |words: &str| finding.symptom.message.as_ref().is_some_and(|m| m.contains(words));
    let has_older_pods = || status.revisions.iter().any(|r| !r.current && r.pods.current > 0);
    match &*finding.symptom.reason {
        "CrashLoopBackOff" | "OOMKilled" | "Error" => Ends,
        // No registry will find it later; what else a registry answers may pass.
        "ErrImagePull" if finding.cause.is_blame() => Seconds(0),
        "ErrImagePull" => Seconds(60),
        "InvalidImageName" | "ErrImageNeverPull" | "SignatureValidationFailed" => Seconds(0),
        "StartError" | "CreateContainerError" | "PostStartHookError" => Seconds(10),
        // What is missing may be next in the same apply, or come from an operator.
        "CreateContainerConfigError" => Seconds(15),
        "FailedCreate" => Seconds(match finding.cause.class {
            // Old pods on their way out may free it.
            CauseClass::Quota if has_older_pods() => 30,
            CauseClass::Dependency => 15,
            CauseClass::NamespaceTerminating => 0,
            _ => 3,
        }),
        // A volume of something that is not there; a claim may still come, and be bound.
        "FailedMount" if says("not found") => Seconds(20),
        "Unschedulable" if says("persistentvolumeclaim") && says("not found") => Seconds(30),
        _ => Deadline,
    }
}
