//! How long one kind of trouble may last before it is final.
//!
//! | trouble | final after |
//! |---|---|
//! | a container dies | more bad ends than are allowed (one) |
//! | an image that is blamed on a change; an image name that is none | at once |
//! | any other answer of a registry | 60 s |
//! | a process that cannot be started | 10 s |
//! | a `ConfigMap`, Secret or key that is missing | 15 s |
//! | refused pods | 3 s; a quota 30 s, a missing `ServiceAccount` and the like 15 s |
//! | no node fits, a probe that is slow, a volume, an eviction | the deadline only |

use crate::report::{CauseClass, Finding};

/// What ends the patience with one finding.
pub(super) enum Patience {
    /// The number of bad ends that are allowed.
    Ends,
    /// A time, in seconds.
    Seconds(i64),
    /// The deadline only.
    Deadline,
}

pub(super) fn patience(finding: &Finding) -> Patience {
    use Patience::{Deadline, Ends, Seconds};
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
            CauseClass::Quota => 30,
            CauseClass::Dependency => 15,
            CauseClass::NamespaceTerminating => 0,
            _ => 3,
        }),
        _ => Deadline,
    }
}
