//! Workloads and the objects that carry their revisions.

use super::build::World;
use super::json::{default, number, pairs, text};
use serde_json::{Map, Value, json};

/// The hash at the end of the name of a `ReplicaSet` or `ControllerRevision`.
fn hash(short: &Value) -> &str {
    let name = text(short, "name").unwrap_or_default();
    name.rsplit('-').next().unwrap_or(name)
}

fn annotate(meta: &mut Value, key: &str, value: Option<String>) {
    let Some(value) = value else { return };
    let map = meta.as_object_mut().expect("metadata");
    default(map, "annotations", json!({}));
    default(map["annotations"].as_object_mut().expect("annotations"), key, value);
}

fn count(short: &Value, key: &str, otherwise: i64) -> i64 {
    number(short, key).unwrap_or(otherwise)
}

/// `conditions: {Available: {status: "True", reason: …, message: …, at: -2m}}`.
pub(crate) fn conditions(short: &Value, mut known: Map<String, Value>, at: &str) -> Vec<Value> {
    for (type_, given) in pairs(short, "conditions") {
        if given.is_null() {
            known.remove(type_);
        } else {
            known.insert(type_.clone(), given.clone());
        }
    }
    let whole = |(type_, given): (String, Value)| {
        let moved = text(&given, "at").unwrap_or(at).to_owned();
        let mut condition = json!({
            "type": type_, "status": text(&given, "status").unwrap_or("True"),
            "lastTransitionTime": moved,
            "lastUpdateTime": text(&given, "updated").unwrap_or(&moved),
        });
        for key in ["reason", "message"] {
            if let Some(value) = given.get(key) {
                condition[key] = value.clone();
            }
        }
        condition
    };
    known.into_iter().map(whole).collect()
}

pub(crate) fn deployment(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "Deployment", true);
    default(meta.as_object_mut().expect("metadata"), "labels", json!({ "app": world.app }));
    annotate(
        &mut meta,
        "deployment.kubernetes.io/revision",
        number(short, "revision").map(|n| n.to_string()),
    );
    let replicas = count(short, "replicas", 1);
    let ready = count(short, "ready", replicas);
    let held = count(short, "pods", replicas);
    let created = text(&meta, "creationTimestamp").unwrap_or_default().to_owned();
    let mut known = Map::new();
    known.insert("Available".into(), json!({ "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability." }));
    known.insert("Progressing".into(), json!({ "reason": "NewReplicaSetAvailable", "message": "ReplicaSet has successfully progressed." }));
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
        "spec": {
            "replicas": replicas, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "selector": { "matchLabels": { "app": world.app } },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } },
            "template": world.template(short),
        },
        "status": {
            "observedGeneration": number(short, "observed").or(number(short, "generation")).unwrap_or(1),
            "replicas": held, "updatedReplicas": count(short, "updated", replicas),
            "readyReplicas": ready, "availableReplicas": count(short, "available", ready),
            "unavailableReplicas": held - count(short, "available", ready),
            "conditions": conditions(short, known, &created),
        },
    });
    if let Some(paused) = short.get("paused") {
        object["spec"]["paused"] = paused.clone();
    }
    object
}

pub(crate) fn replica_set(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "ReplicaSet", true);
    let hash = hash(short);
    let replicas = count(short, "replicas", 1);
    let labels = json!({ "app": world.app, "pod-template-hash": hash });
    default(meta.as_object_mut().expect("metadata"), "labels", labels.clone());
    annotate(
        &mut meta,
        "deployment.kubernetes.io/revision",
        number(short, "revision").map(|n| n.to_string()),
    );
    let desired = count(short, "desired", replicas.max(1));
    annotate(&mut meta, "deployment.kubernetes.io/desired-replicas", Some(desired.to_string()));
    annotate(
        &mut meta,
        "deployment.kubernetes.io/max-replicas",
        Some((desired + (desired + 3) / 4).to_string()),
    );
    annotate(
        &mut meta,
        "deployment.kubernetes.io/revision-history",
        text(short, "history").map(str::to_owned),
    );
    let created = text(&meta, "creationTimestamp").unwrap_or_default().to_owned();
    let mut template = world.template(short);
    template["metadata"]["labels"]["pod-template-hash"] = hash.into();
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta,
        "spec": { "replicas": replicas, "selector": { "matchLabels": labels }, "template": template },
        "status": counts(short, replicas),
    });
    let given = conditions(short, Map::new(), &created);
    if !given.is_empty() {
        object["status"]["conditions"] = given.into();
    }
    object
}

fn counts(short: &Value, replicas: i64) -> Value {
    let held = count(short, "pods", replicas);
    let mut status =
        json!({ "observedGeneration": count(short, "generation", 1), "replicas": held });
    let ready = count(short, "ready", held);
    if held > 0 {
        status["fullyLabeledReplicas"] = held.into();
    }
    if ready > 0 {
        status["readyReplicas"] = ready.into();
        status["availableReplicas"] = count(short, "available", ready).into();
    }
    status
}

pub(crate) fn stateful_set(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "StatefulSet", true);
    default(meta.as_object_mut().expect("metadata"), "labels", json!({ "app": world.app }));
    let replicas = count(short, "replicas", 1);
    let ready = count(short, "ready", replicas);
    let update = text(short, "update").unwrap_or_default();
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta,
        "spec": {
            "replicas": replicas, "revisionHistoryLimit": 10, "serviceName": text(short, "name"),
            "podManagementPolicy": text(short, "policy").unwrap_or("OrderedReady"),
            "selector": { "matchLabels": { "app": world.app } },
            "updateStrategy": short.get("strategy").cloned().unwrap_or_else(
                || json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } })),
            "template": world.template(short),
        },
        "status": {
            "observedGeneration": number(short, "observed").or(number(short, "generation")).unwrap_or(1),
            "replicas": count(short, "pods", replicas), "readyReplicas": ready,
            "availableReplicas": count(short, "available", ready),
            "currentReplicas": count(short, "current_pods", replicas),
            "updatedReplicas": count(short, "updated", replicas),
            "currentRevision": text(short, "current").unwrap_or(update), "updateRevision": update,
            "collisionCount": 0,
        },
    })
}

pub(crate) fn daemon_set(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "DaemonSet", true);
    let generation = count(short, "generation", 1);
    annotate(&mut meta, "deprecated.daemonset.template.generation", Some(generation.to_string()));
    let nodes = count(short, "nodes", 1);
    let ready = count(short, "ready", nodes);
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta,
        "spec": {
            "revisionHistoryLimit": 10, "selector": { "matchLabels": { "app": world.app } },
            "updateStrategy": short.get("strategy").cloned().unwrap_or_else(
                || json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 1 } })),
            "template": world.template(short),
        },
        "status": {
            "observedGeneration": generation, "desiredNumberScheduled": nodes,
            "currentNumberScheduled": nodes, "numberMisscheduled": 0, "numberReady": ready,
            "numberAvailable": ready, "numberUnavailable": nodes - ready,
            "updatedNumberScheduled": count(short, "updated", nodes),
        },
    })
}

/// A stored template; the pod label of a `StatefulSet` bears its name, a `DaemonSet`'s its hash.
pub(crate) fn controller_revision(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "ControllerRevision", true);
    let is_daemon = text(short, "of").is_some_and(|of| of.starts_with("DaemonSet/"));
    let label =
        if is_daemon { "controller-revision-hash" } else { "controller.kubernetes.io/hash" };
    let labels = json!({ "app": world.app, label: hash(short) });
    default(meta.as_object_mut().expect("metadata"), "labels", labels);
    meta.as_object_mut().expect("metadata").remove("generation");
    let mut template = world.template(short);
    template["$patch"] = "replace".into();
    json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta,
        "data": { "spec": { "template": template } }, "revision": count(short, "revision", 1),
    })
}

pub(crate) fn job(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "Job", true);
    let name = text(short, "name").unwrap_or_default();
    let uid = text(&meta, "uid").unwrap_or_default().to_owned();
    let labels = json!({
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name,
    });
    let created = text(&meta, "creationTimestamp").unwrap_or_default().to_owned();
    let mut template = world.template(short);
    template["metadata"]["labels"] = labels.clone();
    default(meta.as_object_mut().expect("metadata"), "labels", labels.clone());
    let mut status = json!({ "startTime": created });
    for key in ["active", "ready", "failed", "succeeded", "completionTime"] {
        if let Some(value) = short.get(key) {
            status[key] = value.clone();
        }
    }
    let given = conditions(short, Map::new(), &created);
    if !given.is_empty() {
        status["conditions"] = given.into();
    }
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": meta,
        "spec": {
            "backoffLimit": count(short, "backoffLimit", 6), "completionMode": "NonIndexed",
            "completions": 1, "parallelism": 1, "manualSelector": false, "suspend": false,
            "podReplacementPolicy": "TerminatingOrFailed",
            "selector": { "matchLabels": { "batch.kubernetes.io/controller-uid": uid } },
            "template": template,
        },
        "status": status,
    })
}

pub(crate) fn cron_job(world: &World, short: &Value) -> Value {
    let mut template = world.template(short);
    template["metadata"] = json!({});
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": world.metadata(short, "CronJob", true),
        "spec": {
            "concurrencyPolicy": "Allow", "failedJobsHistoryLimit": 1, "successfulJobsHistoryLimit": 3,
            "schedule": text(short, "schedule").unwrap_or("0 2 * * *"), "suspend": false,
            "jobTemplate": { "metadata": {}, "spec": { "backoffLimit": 6, "template": template } },
        },
        "status": { "lastScheduleTime": short.get("last"), "active": [] },
    })
}
