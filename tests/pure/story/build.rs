//! From the short form of a story to whole objects, in the order of its events.

use super::json::{self, list, merge, text};
use super::{Entry, die, fields, other, pod, template, workload};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What has been told so far.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    /// The time of the event that is being told.
    pub(crate) at: Timestamp,
    /// The label `app` of everything that names no other.
    pub(crate) app: String,
    pub(crate) entries: Vec<Entry>,
    templates: Value,
    /// The short form of each object, by `Kind/name`.
    told: BTreeMap<String, Value>,
    /// The whole form of each object, by `Kind/name`.
    pub(crate) whole: BTreeMap<String, Value>,
    version: u64,
}

impl World {
    pub(crate) fn new(story: &Value, now: Timestamp, app: &str) -> Self {
        Self {
            now,
            at: now,
            app: app.to_owned(),
            entries: Vec::new(),
            templates: story.get("templates").cloned().unwrap_or_default(),
            told: BTreeMap::new(),
            whole: BTreeMap::new(),
            version: 1_000,
        }
    }

    /// One entry of `stream:`: `add:`, `edit:` with `with:`, or `gone:`.
    pub(crate) fn step(&mut self, step: &Value) {
        self.at = text(step, "at").unwrap_or_else(|| die("stream: no at")).parse().expect("a time");
        if let Some(short) = step.get("add") {
            self.add(short);
        } else if let Some(key) = text(step, "edit") {
            let mut short =
                self.told.get(key).cloned().unwrap_or_else(|| die(&format!("{key} is not there")));
            let wrote = wrote_too(&short, &step["with"]);
            merge(&mut short, &step["with"]);
            short["wrote"] = wrote;
            self.tell(&short, "MODIFIED");
        } else if let Some(key) = text(step, "gone") {
            let short =
                self.told.remove(key).unwrap_or_else(|| die(&format!("{key} is not there")));
            self.tell(&short, "DELETED");
            self.told.remove(key);
        } else {
            die("stream: add, edit or gone");
        }
    }

    /// An object that appears.
    pub(crate) fn add(&mut self, short: &Value) {
        self.tell(short, "ADDED");
    }

    fn tell(&mut self, short: &Value, change: &'static str) {
        let object = self.build(short);
        let name = text(short, "name").or(text(&object, "metadata.name")).expect("a name");
        let key = format!("{}/{name}", text(&object, "kind").expect("a kind"));
        self.told.insert(key.clone(), short.clone());
        self.whole.insert(key, object.clone());
        self.entries.push(Entry { change, at: self.at, object });
    }

    fn build(&mut self, short: &Value) -> Value {
        let form = text(short, "use").unwrap_or_else(|| die(&format!("no use: in {short}")));
        let mut object = match form {
            "deployment" => workload::deployment(self, short),
            "replicaset" => workload::replica_set(self, short),
            "statefulset" => workload::stateful_set(self, short),
            "daemonset" => workload::daemon_set(self, short),
            "controllerrevision" => workload::controller_revision(self, short),
            "job" => workload::job(self, short),
            "cronjob" => workload::cron_job(self, short),
            "pod" => pod::build(self, short),
            "event" => other::event(self, short),
            "audit" => other::audit(self, short),
            "object" => other::plain(self, short),
            _ => die(&format!("use: {form}")),
        };
        if let Some(also) = short.get("also") {
            merge(&mut object, also);
        }
        self.sign(&mut object, short, form);
        object
    }

    /// `managedFields` and the resource version.
    fn sign(&mut self, object: &mut Value, short: &Value, form: &str) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let api_version = text(object, "apiVersion").unwrap_or("v1").to_owned();
        let created = object["metadata"]["creationTimestamp"].clone();
        let by_controller = json!({ "by": "kube-controller-manager", "at": created });
        let mut managed = match form {
            // A pod brings what its controller sent: what admission adds is owned by nobody.
            "pod" => object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default(),
            "event" => Vec::new(),
            "replicaset" | "controllerrevision" if short.get("wrote").is_none() => {
                fields::managed(object, &[by_controller], &api_version)
            }
            _ => Vec::new(),
        };
        managed.extend(fields::managed(object, list(short, "wrote"), &api_version));
        if let Some(status) = status_writer(form) {
            managed.push(json!({
                "apiVersion": api_version, "fieldsType": "FieldsV1", "manager": status,
                "operation": "Update", "subresource": "status", "time": self.at.to_string(),
                "fieldsV1": { "f:status": fields::set(&object["status"], "status") },
            }));
        }
        object["metadata"]["managedFields"] = managed.into();
    }

    /// The metadata that the short form of any object may give.
    pub(crate) fn metadata(&self, short: &Value, kind: &str, namespaced: bool) -> Value {
        let name = text(short, "name").unwrap_or_else(|| die(&format!("{kind} without a name")));
        let mut meta = Map::new();
        meta.insert("name".into(), name.into());
        if namespaced {
            meta.insert("namespace".into(), text(short, "namespace").unwrap_or("default").into());
        }
        meta.insert("uid".into(), uid(short, kind, name).into());
        let created = text(short, "created").map_or_else(
            || (self.now - jiff::SignedDuration::from_hours(24)).to_string(),
            str::to_owned,
        );
        meta.insert("creationTimestamp".into(), created.into());
        meta.insert("generation".into(), json::number(short, "generation").unwrap_or(1).into());
        for key in ["labels", "annotations", "finalizers"] {
            if let Some(value) = short.get(key) {
                meta.insert(key.into(), value.clone());
            }
        }
        let owners = self.owners(short);
        if !owners.is_empty() {
            meta.insert("ownerReferences".into(), owners.into());
        }
        if let Some(at) = text(short, "deleting") {
            let grace = json::number(short, "grace").unwrap_or(30);
            let at: Timestamp = at.parse().expect("a time");
            let end = at + jiff::SignedDuration::from_secs(grace);
            meta.insert("deletionTimestamp".into(), end.to_string().into());
            meta.insert("deletionGracePeriodSeconds".into(), grace.into());
        }
        meta.into()
    }

    /// `of: Kind/name` is the controller; `owners:` are further references as they stand.
    fn owners(&self, short: &Value) -> Vec<Value> {
        let mut owners = list(short, "owners").to_vec();
        if let Some(key) = text(short, "of") {
            let owner = self.owner(key);
            owners.insert(
                0,
                json!({
                    "apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": true,
                    "blockOwnerDeletion": true, "name": owner["metadata"]["name"],
                    "uid": owner["metadata"]["uid"],
                }),
            );
        }
        owners
    }

    /// An object told before.
    pub(crate) fn owner(&self, key: &str) -> &Value {
        self.whole.get(key).unwrap_or_else(|| die(&format!("of: {key} is not there yet")))
    }

    /// The pod template an object names, completed; else its owner's.
    pub(crate) fn template(&self, short: &Value) -> Value {
        match short.get("template") {
            Some(Value::String(name)) => {
                let known = self.templates.get(name);
                let short = known.unwrap_or_else(|| die(&format!("no template {name}")));
                template::complete(short, &self.app)
            }
            Some(inline) => template::complete(inline, &self.app),
            None => {
                let owner = self.owner(text(short, "of").unwrap_or_else(|| die("no template")));
                let jobs = json::at(owner, "spec.jobTemplate.spec.template");
                jobs.unwrap_or(&owner["spec"]["template"]).clone()
            }
        }
    }
}

fn status_writer(form: &str) -> Option<&'static str> {
    match form {
        "pod" => Some("kubelet"),
        "deployment" | "replicaset" | "statefulset" | "daemonset" | "job" | "cronjob" => {
            Some("kube-controller-manager")
        }
        _ => None,
    }
}

/// A manager that writes again replaces its entry; others stay.
fn wrote_too(before: &Value, with: &Value) -> Value {
    let new = list(with, "wrote");
    let key = |entry: &Value| {
        (entry.get("by").cloned(), entry.get("op").cloned(), entry.get("sub").cloned())
    };
    let mut all: Vec<Value> = list(before, "wrote")
        .iter()
        .filter(|old| !new.iter().any(|new| key(new) == key(old)))
        .cloned()
        .collect();
    all.extend(new.iter().cloned());
    all.into()
}

/// The UID as it is given, or made up from kind and name.
fn uid(short: &Value, kind: &str, name: &str) -> String {
    text(short, "uid").map_or_else(
        || {
            let a = json::hash(&format!("{kind}/{name}"));
            let b = json::hash(&format!("{name}/{kind}"));
            let (c, d) = (a & 0xffff_ffff, (a >> 32) & 0xffff);
            format!(
                "{c:08x}-{d:04x}-4{:03x}-8{:03x}-{:012x}",
                b & 0xfff,
                (b >> 12) & 0xfff,
                b >> 16
            )
        },
        str::to_owned,
    )
}
