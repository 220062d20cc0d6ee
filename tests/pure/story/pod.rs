//! Pods, as their controller sends them, admission completes them and the kubelet
//! reports them.

use super::build::World;
use super::json::{hash, list, merge, number, pairs, text};
use super::template;
use super::{fields, workload};
use serde_json::{Map, Value, json};

pub(crate) fn build(world: &World, short: &Value) -> Value {
    let mut meta = world.metadata(short, "Pod", true);
    let template = world.template(short);
    let mut labels = template["metadata"]["labels"].clone();
    if let Some(hash) = short.get("hash") {
        labels["controller-revision-hash"] = hash.clone();
    }
    merge(&mut labels, short.get("labels").unwrap_or(&json!({})));
    meta["labels"] = labels;
    if let Some(notes) = template["metadata"].get("annotations") {
        let own = meta.get("annotations").cloned();
        meta["annotations"] = notes.clone();
        merge(&mut meta["annotations"], &own.unwrap_or_else(|| json!({})));
    }
    let owner = text(short, "of").unwrap_or_default();
    if ["ReplicaSet/", "Job/", "DaemonSet/"].iter().any(|kind| owner.starts_with(kind)) {
        let (_, owner) = owner.split_once('/').unwrap_or_default();
        meta["generateName"] = format!("{owner}-").into();
    }
    let created = text(&meta, "creationTimestamp").unwrap_or_default().to_owned();
    let mut pod =
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"] });
    let maker = text(short, "maker").unwrap_or(if owner.is_empty() {
        "kubectl-run"
    } else {
        "kube-controller-manager"
    });
    let sent = json!({
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields::sent(&sent_by(maker, &pod, short)),
        "manager": maker, "operation": "Update", "time": created,
    });
    pod["metadata"]["managedFields"] = json!([sent]);
    admit(&mut pod, short);
    pod["status"] = status(short, &pod, &created);
    pod
}

/// What the maker sent: not the annotations and labels that were added on the way.
fn sent_by(maker: &str, pod: &Value, short: &Value) -> Value {
    let mut sent = pod.clone();
    if maker == "kube-controller-manager" {
        for key in ["labels", "annotations"] {
            for (name, _) in pairs(short, key) {
                if let Some(map) = sent["metadata"].get_mut(key).and_then(Value::as_object_mut) {
                    map.remove(name);
                }
            }
        }
    }
    sent
}

/// What in-tree admission adds, then `spec:`: what a webhook or an edit made of it.
fn admit(pod: &mut Value, short: &Value) {
    let token =
        format!("kube-api-access-{:05x}", hash(text(short, "name").unwrap_or_default()) & 0xf_ffff);
    let spec = pod["spec"].as_object_mut().expect("a spec");
    super::json::default(spec, "serviceAccountName", "default");
    spec.insert("serviceAccount".into(), spec["serviceAccountName"].clone());
    spec.insert("enableServiceLinks".into(), true.into());
    spec.insert("priority".into(), 0.into());
    spec.insert("preemptionPolicy".into(), "PreemptLowerPriority".into());
    if text(short, "unscheduled").is_none() {
        spec.insert("nodeName".into(), text(short, "node").unwrap_or("n1").into());
    }
    let lasting = |key: &str| json!({ "key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 });
    let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
    tolerations
        .as_array_mut()
        .expect("tolerations")
        .extend([lasting("not-ready"), lasting("unreachable")]);
    let volume = json!({ "name": token, "projected": { "defaultMode": 420, "sources": [
        { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
        { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        { "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } }] } },
    ] } });
    spec.entry("volumes")
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .expect("volumes")
        .push(volume);
    if let Some(patch) = short.get("spec") {
        merge(&mut pod["spec"], patch);
        template::defaults(pod["spec"].as_object_mut().expect("a spec"));
    }
    for key in ["initContainers", "containers"] {
        for container in
            pod["spec"].get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
        {
            let mounts = container.as_object_mut().expect("a container").entry("volumeMounts");
            let mount = json!({ "name": token, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true });
            mounts.or_insert_with(|| json!([])).as_array_mut().expect("mounts").push(mount);
        }
    }
}

fn status(short: &Value, pod: &Value, created: &str) -> Value {
    let main = statuses(&pod["spec"]["containers"], short, "containers", created);
    let init = statuses(&pod["spec"]["initContainers"], short, "init", created);
    let debug = statuses(&pod["spec"]["ephemeralContainers"], short, "ephemeral", created);
    let sidecars = init.iter().filter(|c| {
        list(&pod["spec"], "initContainers")
            .iter()
            .any(|s| s["name"] == c["name"] && s["restartPolicy"] == "Always")
    });
    let unready: Vec<&str> = sidecars
        .chain(&main)
        .filter(|c| c["ready"] != true)
        .filter_map(|c| text(c, "name"))
        .collect();
    let phase = text(short, "phase").unwrap_or_else(|| phase(&main));
    let mut status = json!({ "phase": phase, "qosClass": "BestEffort", "startTime": created });
    if let Some(message) = text(short, "unscheduled") {
        let reason = text(short, "unscheduled_reason").unwrap_or("Unschedulable");
        let known = Map::from_iter([(
            "PodScheduled".to_owned(),
            json!({ "status": "False", "reason": reason, "message": message }),
        )]);
        status["conditions"] = workload::conditions(short, known, created).into();
        status["phase"] = "Pending".into();
        status.as_object_mut().expect("a status").remove("startTime");
        return status;
    }
    let is_ready = unready.is_empty() && phase == "Running";
    let moved = last_move(&main).unwrap_or_else(|| created.to_owned());
    let waits: Vec<&str> =
        init.iter().filter(|c| c["ready"] != true).filter_map(|c| text(c, "name")).collect();
    status["conditions"] =
        workload::conditions(short, known(is_ready, &unready, &waits, &moved, phase), created)
            .into();
    if !main.is_empty() && short.get("containers") != Some(&Value::Null) {
        status["containerStatuses"] = main.into();
    }
    if !init.is_empty() {
        status["initContainerStatuses"] = init.into();
    }
    if !debug.is_empty() {
        status["ephemeralContainerStatuses"] = debug.into();
    }
    for key in ["reason", "message"] {
        if let Some(value) = short.get(key) {
            status[key] = value.clone();
        }
    }
    status["hostIP"] = "10.0.0.7".into();
    status["podIP"] = format!("10.77.0.{}", hash(created) % 250).into();
    status
}

fn known(
    is_ready: bool,
    unready: &[&str],
    waits: &[&str],
    moved: &str,
    phase: &str,
) -> Map<String, Value> {
    let truth = |is: bool| if is { "True" } else { "False" };
    let mut ready = json!({ "status": truth(is_ready), "at": moved });
    if phase == "Succeeded" {
        ready["reason"] = "PodCompleted".into();
    } else if !is_ready {
        ready["reason"] = "ContainersNotReady".into();
        ready["message"] =
            format!("containers with unready status: [{}]", unready.join(" ")).into();
    }
    let mut initialized = json!({ "status": truth(waits.is_empty()) });
    if !waits.is_empty() {
        initialized["reason"] = "ContainersNotInitialized".into();
        initialized["message"] =
            format!("containers with incomplete status: [{}]", waits.join(" ")).into();
    }
    Map::from_iter([
        ("PodScheduled".to_owned(), json!({})),
        ("PodReadyToStartContainers".to_owned(), json!({})),
        ("Initialized".to_owned(), initialized),
        ("ContainersReady".to_owned(), ready.clone()),
        ("Ready".to_owned(), ready),
    ])
}

fn phase(main: &[Value]) -> &'static str {
    let has_run = |c: &Value| c["state"].get("waiting").is_none() || c["lastState"] != json!({});
    if main.iter().any(has_run) { "Running" } else { "Pending" }
}

/// When readiness last changed: the newest start, or end, of a container.
fn last_move(main: &[Value]) -> Option<String> {
    let of = |c: &Value| {
        [
            "state.running.startedAt",
            "state.terminated.finishedAt",
            "lastState.terminated.finishedAt",
        ]
        .iter()
        .find_map(|path| text(c, path).map(str::to_owned))
    };
    main.iter().filter_map(of).max()
}

fn statuses(containers: &Value, short: &Value, key: &str, created: &str) -> Vec<Value> {
    let containers = containers.as_array().map_or(&[][..], Vec::as_slice);
    containers
        .iter()
        .map(|c| {
            let told = short.get(key).and_then(|told| told.get(text(c, "name")?));
            let is_init = key == "init" && c["restartPolicy"] != "Always";
            of_container(c, told.unwrap_or(&Value::Null), is_init, created)
        })
        .collect()
}

/// A container's status from `{running: -2m}`, `{waiting: reason, message: …}` or
/// `{ended: {exit: 1, …}}`, each with `last: {exit: 1, …}`, `restarts`, `ready`.
fn of_container(container: &Value, told: &Value, is_init: bool, created: &str) -> Value {
    let state = if let Some(reason) = text(told, "waiting") {
        let mut waiting = json!({ "reason": reason });
        if let Some(message) = told.get("message") {
            waiting["message"] = message.clone();
        }
        json!({ "waiting": waiting })
    } else if let Some(ended) = told.get("ended") {
        json!({ "terminated": end(ended, created) })
    } else if is_init && told.get("running").is_none() {
        json!({ "terminated": end(&json!({ "exit": 0 }), created) })
    } else {
        json!({ "running": { "startedAt": text(told, "running").unwrap_or(created) } })
    };
    let is_running = state.get("running").is_some();
    let ended_well = state["terminated"]["exitCode"] == 0;
    let ready = if is_init { ended_well } else { is_running };
    let image = text(container, "image").unwrap_or_default();
    let has_run = state.get("waiting").is_none() || told.get("last").is_some();
    let digest = || {
        format!(
            "docker.io/library/{}@sha256:{:016x}{:016x}{:032x}",
            image.split(':').next().unwrap_or(image),
            hash(image),
            hash(image),
            hash(image)
        )
    };
    let mut status = json!({
        "name": container["name"], "image": image, "state": state, "lastState": {},
        "ready": told.get("ready").cloned().unwrap_or_else(|| ready.into()),
        "restartCount": number(told, "restarts").unwrap_or(0), "started": is_running,
        "imageID": if has_run { text(told, "imageID").map_or_else(digest, str::to_owned) } else { String::new() },
    });
    if let Some(last) = told.get("last") {
        status["lastState"] = json!({ "terminated": end(last, created) });
    }
    if has_run {
        status["containerID"] = format!("containerd://{:064x}", hash(created)).into();
    }
    status
}

/// `{exit: 1, reason: Error, from: -40s, to: -30s, message: …}`.
fn end(told: &Value, created: &str) -> Value {
    let exit = number(told, "exit").unwrap_or(0);
    let mut end = json!({
        "exitCode": exit, "reason": text(told, "reason").unwrap_or(if exit == 0 { "Completed" } else { "Error" }),
        "startedAt": text(told, "from").unwrap_or(created),
        "finishedAt": text(told, "to").or(text(told, "from")).unwrap_or(created),
    });
    if let Some(message) = told.get("message") {
        end["message"] = message.clone();
    }
    end
}
