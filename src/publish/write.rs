//! Carrying out an order: the only code that changes anything in the cluster.

use super::order::{Done, Notice, Order, Outcome, Put, Reason, Refusal, Task};
use super::{FIELD_MANAGER, REPORTER};
use crate::lead::Lead;
use crate::metrics::Metrics;
use crate::observe::cut;
use crate::report::{API_VERSION, KIND, Status};
use crate::watch::SeenReport;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams, Preconditions};
use kube::{Api, Client};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one order may take, before it counts as not carried out.
const ORDER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest note of an event, in bytes (`events.k8s.io/v1`).
const MAX_NOTE: usize = 1024;
/// What the API server says of a field that its CRD does not have (kubernetes
/// `sigs.k8s.io/structured-merge-diff/typed`).
const UNDECLARED: &str = "field not declared in schema";
/// The fields that a status may be without.
const OPTIONAL: &[&str] = &[
    "rootGeneration",
    "display",
    "owners",
    "findings",
    "revisions",
    "inputs",
    "pendingEdit",
    "history",
    "omitted",
];

/// What a write needs.
#[derive(Clone)]
pub struct Writer {
    /// The client for writes.
    pub client: Client,
    /// What is counted.
    pub metrics: Metrics,
    /// Who says so, in events: the pod's name.
    pub instance: String,
    /// Whether this instance may write.
    pub lead: Lead,
}

impl Writer {
    /// Carries out one order; `now` is the time for an event, should there be one.
    pub async fn carry_out(self, order: Order, now: Timestamp) -> Outcome {
        let result = self.order_in_time(&order, now).await;
        self.metrics
            .wrote(result.as_ref().map_or_else(|refusal| refusal.reason.as_str(), |_| "ok"));
        Outcome { order, result }
    }

    /// Asks for nothing without the right to, nor for longer than it holds.
    async fn order_in_time(&self, order: &Order, now: Timestamp) -> Result<Done, Refusal> {
        let Some(permit) = self.lead.permit() else {
            return Err(Refusal { reason: Reason::NotLeading, message: String::new() });
        };
        let within = permit.within(ORDER_TIMEOUT);
        timeout(within, self.try_order(order, now)).await.unwrap_or_else(|_| {
            let message = format!("no answer within {within:?}");
            Err(Refusal { reason: Reason::Unavailable, message })
        })
    }

    async fn try_order(&self, order: &Order, now: Timestamp) -> Result<Done, Refusal> {
        let namespace = &*order.key.namespace;
        let reports: Api<SeenReport> = Api::namespaced_with(self.client.clone(), namespace, &());
        match &order.task {
            Task::Remove { uid } => remove(&reports, order, uid).await,
            Task::Put(put) => {
                let done = put_report(&reports, order, put).await?;
                if let Some(notice) = put.notice {
                    self.notify(namespace, put, notice, now).await;
                }
                Ok(done)
            }
        }
    }

    /// Tells the root's readers; a lost event is no reason to write the report again.
    async fn notify(&self, namespace: &str, put: &Put, notice: Notice, now: Timestamp) {
        let events: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        let event = event_body(namespace, put, notice, now, &self.instance);
        match events.create(&PostParams::default(), &event).await {
            Ok(_) => self.metrics.wrote("event"),
            Err(error) => {
                self.metrics.wrote("event_refused");
                tracing::debug!(root = %put.root.name, %error, "could not write an event");
            }
        }
    }
}

async fn remove(reports: &Api<SeenReport>, order: &Order, uid: &str) -> Result<Done, Refusal> {
    let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
    match reports.delete(&order.key.name, &params).await {
        Ok(_) => Ok(Done::Removed),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Done::Removed),
        Err(error) => Err(refusal(error)),
    }
}

async fn put_report(reports: &Api<SeenReport>, order: &Order, put: &Put) -> Result<Done, Refusal> {
    let params = PatchParams::apply(FIELD_MANAGER).force();
    let (uid, generation) = if let Some(stands) = put.stands.clone() {
        stands
    } else {
        let body = spec_body(order, put);
        let made = reports.patch(&order.key.name, &params, &Patch::Apply(&body)).await;
        let meta = made.map_err(refusal)?.meta;
        (meta.uid.unwrap_or_default(), meta.generation.unwrap_or(1))
    };
    let mut status = put.status.clone();
    status.observed_generation = Some(generation);
    for condition in &mut status.conditions {
        condition.observed_generation = Some(generation);
    }
    let body = status_body(order, &uid, &status);
    let name = &order.key.name;
    let written = match reports.patch_status(name, &params, &Patch::Apply(&body)).await {
        Err(kube::Error::Api(refused)) if refused.message.contains(UNDECLARED) => {
            let params = PatchParams { field_manager: params.field_manager, ..Default::default() };
            reports.patch_status(name, &params, &Patch::Merge(&for_older_crd(body))).await
        }
        written => written,
    };
    let meta = written.map_err(refusal)?.meta;
    Ok(Done::Put {
        uid,
        resource_version: meta.resource_version.unwrap_or_default(),
        generation,
        status: Arc::new(status),
    })
}

/// The label that says who keeps an object (kubernetes.io, recommended labels).
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// The report without its status: what it is about, and that it goes with its root.
///
/// A backup is not to bring a report back without its root (Velero leaves out what has its
/// label), nor is a sync to remove it as a stranger (Argo CD).
fn spec_body(order: &Order, put: &Put) -> Value {
    let root = &put.root;
    json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": &*order.key.name,
            "namespace": &*order.key.namespace,
            "labels": { MANAGED_BY: FIELD_MANAGER, "velero.io/exclude-from-backup": "true" },
            "annotations": {
                "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
                "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
            },
            "ownerReferences": [{
                "apiVersion": root.api_version,
                "kind": root.kind,
                "name": root.name,
                "uid": root.uid,
            }],
        },
        "spec": { "root": root },
    })
}

/// The same for a CRD that does not know every field: a merge drops what is not declared,
/// where an apply refuses it. What is absent now must be said, or it stays.
fn for_older_crd(mut body: Value) -> Value {
    if let Some(status) = body["status"].as_object_mut() {
        for field in OPTIONAL {
            status.entry(*field).or_insert(Value::Null);
        }
    }
    body
}

/// The status alone; the UID keeps it from a report that was made anew meanwhile.
fn status_body(order: &Order, uid: &str, status: &Status) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": { "name": &*order.key.name, "namespace": &*order.key.namespace, "uid": uid },
        "status": status,
    })
}

fn event_body(namespace: &str, put: &Put, notice: Notice, now: Timestamp, instance: &str) -> Event {
    let (reason, type_) = match notice {
        Notice::Blamed => ("Blamed", "Warning"),
        Notice::Recovered => ("Recovered", "Normal"),
    };
    let root = &put.root;
    Event {
        metadata: ObjectMeta {
            // Named as client-go names them: unique without asking.
            name: Some(format!("{}.{:x}", cut(&root.name, 230), now.as_nanosecond())),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        action: Some("Judge".to_owned()),
        event_time: Some(MicroTime(now)),
        note: Some(cut(&put.status.summary, MAX_NOTE).into_owned()),
        reason: Some(reason.to_owned()),
        type_: Some(type_.to_owned()),
        regarding: Some(ObjectReference {
            api_version: Some(root.api_version.clone()),
            kind: Some(root.kind.clone()),
            namespace: Some(namespace.to_owned()),
            name: Some(root.name.clone()),
            uid: Some(root.uid.clone()),
            ..ObjectReference::default()
        }),
        reporting_controller: Some(REPORTER.to_owned()),
        reporting_instance: Some(instance.to_owned()),
        ..Event::default()
    }
}

/// Sorts an error by what can be done about it.
fn refusal(error: kube::Error) -> Refusal {
    let kube::Error::Api(status) = error else {
        return Refusal { reason: Reason::Unavailable, message: one_line(&error.to_string()) };
    };
    let details = status.details.as_ref();
    let reason = match status.code {
        404 if details.is_some_and(|d| d.kind == "namespaces") => Reason::NoNamespace,
        404 if details.is_some_and(|d| !d.name.is_empty()) => Reason::Vanished,
        404 => Reason::NoCrd,
        409 => Reason::Conflict,
        // Authorization and admission both answer 403; only the former names the right.
        403 if status.message.contains(" cannot ") => Reason::Forbidden,
        403 => Reason::Denied,
        400 | 422 => Reason::Invalid,
        413 => Reason::TooLarge,
        _ => Reason::Unavailable,
    };
    Refusal { reason, message: one_line(&status.message) }
}

fn one_line(message: &str) -> String {
    crate::observe::line(message, 512)
}
