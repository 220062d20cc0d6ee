//! The closed vocabularies of a report.
//!
//! Each is an enum in Rust and a capped pattern in the schema, so that a newer
//! controller works on an older CRD; a reader takes a word it does not know as
//! `Unknown` rather than failing.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Declares a vocabulary: the enum, its words, and lenient reading.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident),+ $(,)? } unknown $unknown:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word),+ }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$word),+];

            /// The word as it stands in a report.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$word => stringify!($word)),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Cow::<'_, str>::deserialize(deserializer)?;
                Ok(Self::ALL.iter().copied().find(|w| w.as_str() == word).unwrap_or($name::$unknown))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn inline_schema() -> bool { true }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let known: Vec<_> = Self::ALL.iter().map(|w| w.as_str()).collect();
                json_schema!({
                    "type": "string", "maxLength": 64, "pattern": "^[A-Za-z]+$",
                    "description": format!("One of: {}.", known.join(", ")),
                })
            }
        }
    };
}

words! {
    /// How a root is doing; the first that holds, in this order of severity.
    Verdict {
        /// A kind of the chain is unsynced, or the evidence contradicts itself.
        Unknown,
        /// A pod that counts for the desired state fails now, or a Job failed for good.
        Failing,
        /// Nothing fails, yet the desired state cannot be reached unless something gives way.
        Stuck,
        /// A change is on its way and nothing is wrong yet.
        Progressing,
        /// The desired state is reached and its pods stay up.
        Healthy,
    } unknown Unknown
}

words! {
    /// The kind of change, or of circumstance, that broke something.
    CauseClass {
        /// A new revision of the template.
        Revision,
        /// A return to an earlier template.
        Rollback,
        /// A revision whose only change is a restart mark.
        Restart,
        /// A change of the replica count.
        Scale,
        /// An edit of the pod itself.
        DirectPodEdit,
        /// A `ConfigMap` edited or deleted.
        ConfigChange,
        /// A Secret edited or deleted.
        SecretChange,
        /// An image tag that moved to another digest.
        ImageDigest,
        /// Content added to the pod at admission.
        Injector,
        /// A policy or webhook that refused the pod.
        AdmissionPolicy,
        /// Another object the pod needs is missing or changed.
        Dependency,
        /// A `ResourceQuota`.
        Quota,
        /// A `LimitRange`.
        LimitRange,
        /// A node's state or loss.
        Node,
        /// An eviction.
        Eviction,
        /// A preemption by a pod of higher priority.
        Preemption,
        /// No node fits.
        Scheduling,
        /// A claim or volume.
        Volume,
        /// An autoscaler.
        Autoscaler,
        /// An adoption, a release or a deleted owner.
        OwnerChange,
        /// Two writers fight over one field.
        Conflict,
        /// Old pods or a finalizer hold what the new ones need.
        Termination,
        /// The namespace is being deleted.
        NamespaceTerminating,
        /// Outside the cluster, with evidence of it.
        External,
        /// The evidence ends.
        Unknown,
    } unknown Unknown
}

words! {
    /// What made the first failing instance read the cause.
    TriggerClass {
        /// A new revision's pod.
        Rollout,
        /// A restart of the rollout.
        Restart,
        /// A rollback.
        Rollback,
        /// A change of the replica count.
        Scale,
        /// A change of the replica count by an autoscaler.
        Autoscaler,
        /// A restart of the container in its pod.
        ContainerRestart,
        /// A replacement after an eviction.
        Eviction,
        /// A replacement after a preemption.
        Preemption,
        /// A pod for a new node.
        NodeAdded,
        /// A replacement after a node was lost.
        NodeReplacement,
        /// A replacement after a pod was deleted.
        PodDeleted,
        /// An edit of the pod itself.
        DirectPodEdit,
        /// A schedule's time.
        Schedule,
        /// A run started by hand.
        ManualRun,
        /// An adoption or a release.
        OwnerChange,
        /// The namespace's deletion.
        NamespaceDeletion,
        /// Nothing made it: it is read continuously.
        None,
        /// Not known.
        Unknown,
    } unknown Unknown
}

words! {
    /// How sure a cause is. Certain and Likely are a blame.
    Confidence {
        /// Only the time speaks for it.
        Possible,
        /// An input of the failing step changed in the window and nothing refutes it.
        Likely,
        /// Identity by UID and a diff, with a supporting peer or no alternative.
        Certain,
    } unknown Possible
}

words! {
    /// What kind of container it is.
    ContainerType {
        /// An ordinary container.
        Container,
        /// An init container, which runs to its end before the others start.
        Init,
        /// A native sidecar: an init container that restarts always.
        Sidecar,
        /// A debug container added to a running pod.
        Ephemeral,
        /// A kind this reader does not know.
        Unknown,
    } unknown Unknown
}

words! {
    /// Where a container of a pod comes from.
    OriginClass {
        /// The template of a revision.
        Template,
        /// Added at admission.
        Injected,
        /// Added to the running pod by `kubectl debug` or its like.
        Debug,
        /// Edited on the pod.
        DirectEdit,
        /// Not known.
        Unknown,
    } unknown Unknown
}

words! {
    /// What keeps a template edit from the pods.
    HeldBy {
        /// `spec.paused`.
        Paused,
        /// The update strategy waits for pods to be deleted by hand.
        OnDelete,
        /// A partition covers the pods.
        Partition,
        /// The rollout cannot make its pods.
        Blocked,
        /// A hold this reader does not know.
        Unknown,
    } unknown Unknown
}

impl CauseClass {
    /// Whether a cause of this class names `revision`.
    #[must_use]
    pub const fn names_revision(self) -> bool {
        matches!(self, Self::Revision | Self::Rollback | Self::Restart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_reads_as_unknown() {
        let class: CauseClass = serde_json::from_str("\"Gremlins\"").expect("a string");
        assert_eq!(class, CauseClass::Unknown);
    }

    #[test]
    fn severity_orders_verdicts() {
        assert!(Verdict::Failing < Verdict::Stuck && Verdict::Progressing < Verdict::Healthy);
    }
}
