//! The workloads: everything that carries a pod template and makes pods of it.

use super::condition::{self, Condition, WireCondition};
use super::fields::Fields;
use super::meta::WireMeta;
use super::ownership::Layout;
use super::{Detail, KindInfo, Observed, Watched, lenient};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A workload, as last seen. What a kind does not have is `None` or zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its pod template.
    pub template: Arc<Fields>,
    /// How many pods it wants (a Job: its parallelism).
    pub replicas: Option<i32>,
    /// `spec.paused`, or `spec.suspend` of a Job.
    pub paused: bool,
    /// `RollingUpdate`, `Recreate`, `OnDelete`.
    pub strategy: Arc<str>,
    /// The partition of a `StatefulSet`.
    pub partition: i32,
    /// Seconds a pod must be ready before it counts as available.
    pub min_ready_seconds: i32,
    /// Seconds after which a rollout without progress has failed.
    pub progress_deadline_seconds: Option<i32>,
    /// How many old revisions are kept.
    pub revision_history_limit: Option<i32>,
    /// How many failed pods a Job bears.
    pub backoff_limit: Option<i32>,
    /// How many completions a Job wants.
    pub completions: Option<i32>,
    /// `Parallel` or `OrderedReady`.
    pub pod_management: Arc<str>,
    /// Its selector's labels, for telling overlapping workloads apart.
    pub selector: Arc<Fields>,
    /// What its controller says of it.
    pub status: WorkloadStatus,
}

/// What a workload's controller says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadStatus {
    /// The generation the controller has seen.
    pub observed_generation: i64,
    /// Pods it has (`currentNumberScheduled` of a `DaemonSet`).
    pub replicas: i32,
    /// Pods of the newest template.
    pub updated: i32,
    /// Ready pods.
    pub ready: i32,
    /// Available pods.
    pub available: i32,
    /// Pods it wants, where the controller counts (`desiredNumberScheduled`).
    pub desired: Option<i32>,
    /// Pods of a Job that failed.
    pub failed: i32,
    /// Pods of a Job that succeeded.
    pub succeeded: i32,
    /// Name of the current revision of a `StatefulSet`.
    pub current_revision: Option<Arc<str>>,
    /// Name of the revision a `StatefulSet` updates to.
    pub update_revision: Option<Arc<str>>,
    /// When a Job completed.
    pub completed: Option<Timestamp>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// A workload on the wire: the union of what the kinds have.
#[derive(Debug, Deserialize)]
pub struct WireWorkload {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default, deserialize_with = "lenient::field")]
    spec: WireSpec,
    #[serde(default, deserialize_with = "lenient::field")]
    status: WireStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSpec {
    #[serde(default)]
    template: Value,
    #[serde(default)]
    job_template: Value,
    #[serde(default)]
    selector: Value,
    #[serde(default, deserialize_with = "lenient::optional")]
    replicas: Option<i32>,
    #[serde(default, deserialize_with = "lenient::optional")]
    parallelism: Option<i32>,
    #[serde(default, deserialize_with = "lenient::optional")]
    completions: Option<i32>,
    #[serde(default, deserialize_with = "lenient::optional")]
    backoff_limit: Option<i32>,
    #[serde(default, deserialize_with = "lenient::field")]
    paused: bool,
    #[serde(default, deserialize_with = "lenient::field")]
    suspend: bool,
    #[serde(default, deserialize_with = "lenient::field")]
    strategy: WireStrategy,
    #[serde(default, deserialize_with = "lenient::field")]
    update_strategy: WireStrategy,
    #[serde(default, deserialize_with = "lenient::field")]
    min_ready_seconds: i32,
    #[serde(default, deserialize_with = "lenient::optional")]
    progress_deadline_seconds: Option<i32>,
    #[serde(default, deserialize_with = "lenient::optional")]
    revision_history_limit: Option<i32>,
    #[serde(default, deserialize_with = "lenient::field")]
    pod_management_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStrategy {
    #[serde(default, rename = "type", deserialize_with = "lenient::field")]
    type_: String,
    #[serde(default, deserialize_with = "lenient::field")]
    rolling_update: WireRolling,
}

#[derive(Debug, Default, Deserialize)]
struct WireRolling {
    #[serde(default, deserialize_with = "lenient::field")]
    partition: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStatus {
    #[serde(default, deserialize_with = "lenient::field")]
    observed_generation: i64,
    #[serde(default, deserialize_with = "lenient::field")]
    replicas: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    updated_replicas: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    ready_replicas: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    available_replicas: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    current_number_scheduled: i32,
    #[serde(default, deserialize_with = "lenient::optional")]
    desired_number_scheduled: Option<i32>,
    #[serde(default, deserialize_with = "lenient::field")]
    updated_number_scheduled: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    number_ready: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    number_available: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    ready: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    failed: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    succeeded: i32,
    #[serde(default, deserialize_with = "lenient::optional")]
    current_revision: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    update_revision: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    completion_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::list")]
    conditions: Vec<WireCondition>,
}

fn trim(wire: WireWorkload, kind: &KindInfo, layout: Layout) -> Observed {
    let ownership = wire.metadata.ownership(layout);
    let meta = wire.metadata.trim(&kind.api_version(), kind.kind);
    let (spec, status) = (wire.spec, wire.status);
    let template = match spec.job_template.pointer("/spec/template") {
        Some(of_job) => Fields::of_template(of_job),
        None => Fields::of_template(&spec.template),
    };
    // At most one of the two is set for any kind.
    let strategy =
        if spec.update_strategy.type_.is_empty() { spec.strategy } else { spec.update_strategy };
    let workload = Workload {
        template: Arc::new(template),
        replicas: spec.replicas.or(spec.parallelism),
        paused: spec.paused || spec.suspend,
        strategy: strategy.type_.into(),
        partition: strategy.rolling_update.partition,
        min_ready_seconds: spec.min_ready_seconds,
        progress_deadline_seconds: spec.progress_deadline_seconds,
        revision_history_limit: spec.revision_history_limit,
        backoff_limit: spec.backoff_limit,
        completions: spec.completions,
        pod_management: spec.pod_management_policy.into(),
        selector: Arc::new(selector(&spec.selector)),
        status: status.trim(),
    };
    Observed { meta, ownership, detail: Detail::Workload(Box::new(workload)) }
}

fn selector(selector: &Value) -> Fields {
    use super::fields::Leaf;
    // A ReplicationController's selector is the map itself.
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object();
    Fields::from_pairs(
        labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), Leaf::Shown(value.as_str()?.into())))),
    )
}

impl WireStatus {
    fn trim(self) -> WorkloadStatus {
        WorkloadStatus {
            observed_generation: self.observed_generation,
            replicas: self.replicas.max(self.current_number_scheduled),
            updated: self.updated_replicas.max(self.updated_number_scheduled),
            ready: self.ready_replicas.max(self.number_ready).max(self.ready),
            available: self.available_replicas.max(self.number_available),
            desired: self.desired_number_scheduled,
            failed: self.failed,
            succeeded: self.succeeded,
            current_revision: self.current_revision.map(Into::into),
            update_revision: self.update_revision.map(Into::into),
            completed: self.completion_time,
            conditions: condition::trim(self.conditions),
        }
    }
}

/// Declares a workload kind: its marker type and where it keeps its template.
macro_rules! workload {
    ($(#[$doc:meta])* $name:ident, $group:literal, $version:literal, $plural:literal, $template:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Watched for $name {
            const KIND: KindInfo = KindInfo::chain($group, $version, stringify!($name), $plural);
            type Wire = WireWorkload;
            fn meta(wire: &WireWorkload) -> &WireMeta {
                &wire.metadata
            }
            fn trim(wire: WireWorkload) -> Observed {
                trim(wire, &Self::KIND, Layout::Template($template))
            }
        }
    };
}

const TEMPLATE: &[&str] = &["spec", "template"];

workload! {
    /// `apps/v1` Deployment.
    Deployment, "apps", "v1", "deployments", TEMPLATE
}
workload! {
    /// `apps/v1` `ReplicaSet`.
    ReplicaSet, "apps", "v1", "replicasets", TEMPLATE
}
workload! {
    /// `apps/v1` `StatefulSet`.
    StatefulSet, "apps", "v1", "statefulsets", TEMPLATE
}
workload! {
    /// `apps/v1` `DaemonSet`.
    DaemonSet, "apps", "v1", "daemonsets", TEMPLATE
}
workload! {
    /// `v1` `ReplicationController`.
    ReplicationController, "", "v1", "replicationcontrollers", TEMPLATE
}
workload! {
    /// `batch/v1` Job.
    Job, "batch", "v1", "jobs", TEMPLATE
}
workload! {
    /// `batch/v1` `CronJob`.
    CronJob, "batch", "v1", "cronjobs", &["spec", "jobTemplate", "spec", "template"]
}
