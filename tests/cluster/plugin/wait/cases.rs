//! The rollouts that `kubectl blame wait` is tried on, and how it is to end.

use crate::manifest::{Manifest, deployment, object, template};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a wait may take whose case sets no other time. One that ends in half of it did not
/// wait for that, however busy the machine is.
const TIMEOUT: &str = "--timeout=180s";

/// What is rolled out, and what is to be said of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What is there, and well, before.
    pub(super) before: Option<fn() -> Manifest>,
    /// What is rolled out.
    pub(super) rollout: fn() -> Vec<Manifest>,
    /// When it is applied: after the waiting began, for some.
    pub(super) after: Duration,
    /// The object, and whatever else is given to `wait`.
    pub(super) wait: &'static [&'static str],
    pub(super) exit: i32,
    /// Within how many seconds, of which a calm machine needs a third.
    pub(super) within: u64,
    /// What has to be in the answer.
    pub(super) says: &'static [&'static str],
}

const CASE: Case = Case {
    name: "",
    before: Some(web),
    rollout: Vec::new,
    after: Duration::ZERO,
    wait: &["deploy/web", TIMEOUT],
    exit: 2,
    within: 90,
    says: &[],
};

fn web() -> Manifest {
    deployment("web", &["serve"])
}

fn next(words: &[&str]) -> Vec<Manifest> {
    vec![web().tag("v2").words(words)]
}

/// A probe that the container passes once it serves.
fn serves() -> Value {
    json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 60})
}

/// A probe that never passes, and a long time in which it may not.
fn never() -> Value {
    let command = ["workload", "check-file", "/absent"];
    json!({"exec": {"command": command}, "periodSeconds": 1, "failureThreshold": 60})
}

fn job(words: &[&str]) -> Manifest {
    let mut template = template("once", words);
    template["spec"]["restartPolicy"] = json!("Never");
    object(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
        "spec": {"backoffLimit": 0, "template": template},
    }))
}

/// A Deployment with one more field of its spec.
fn with(pointer: &str, value: impl Into<Value>) -> Vec<Manifest> {
    vec![web().tag("v2").set(pointer, value)]
}

/// A set whose newest template waits for somebody, or goes to some pods only.
fn held(kind: &str, words: &[&str], strategy: Value) -> Vec<Manifest> {
    vec![set(kind, words).tag("v2").set("/spec/updateStrategy", strategy)]
}

/// The second of two indexes fails, and none may.
fn indexed() -> Manifest {
    job(&["need-env", "JOB_COMPLETION_INDEX", "--prefix", "0"])
        .set("/spec/backoffLimit", Value::Null)
        .set("/spec/completionMode", "Indexed")
        .set("/spec/completions", 2)
        .set("/spec/parallelism", 2)
        .set("/spec/backoffLimitPerIndex", 0)
        .set("/spec/maxFailedIndexes", 0)
}

fn set(kind: &str, words: &[&str]) -> Manifest {
    let mut spec = json!({
        "selector": {"matchLabels": {"app": "web"}}, "template": template("web", words),
    });
    if kind == "StatefulSet" {
        spec["serviceName"] = json!("web");
    }
    object(
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}),
    )
}

pub(super) const CASES: &[Case] = &[
    Case { name: "the new pods are well", rollout: || next(&["serve"]), exit: 0, ..CASE },
    Case {
        name: "ready after 8 s, by its startup probe",
        rollout: || {
            let web = web().tag("v2").words(&["sleep", "8s", "--", "serve"]);
            vec![web.main("/startupProbe", serves())]
        },
        exit: 0,
        ..CASE
    },
    Case {
        name: "crashes at its start, no probe",
        rollout: || next(&["log", "no database", "--", "exit", "3"]),
        says: &["image localhost/busybox:v1", "container main exits with code 3", "no database"],
        ..CASE
    },
    Case {
        name: "ready for 4 s, then crashes",
        rollout: || next(&["exit", "3", "--after", "4s"]),
        // The kubelet may need a while to tell of the crash.
        wait: &["deploy/web", "--settle=30s", TIMEOUT],
        says: &["exits with code 3"],
        ..CASE
    },
    Case {
        name: "a tag that does not exist",
        rollout: || vec![web().tag("v9")],
        says: &["busybox:v9"],
        ..CASE
    },
    Case {
        name: "a ConfigMap that does not exist",
        rollout: || vec![web().main("/envFrom", json!([{"configMapRef": {"name": "absent"}}]))],
        says: &["absent"],
        ..CASE
    },
    Case {
        name: "refused: the ServiceAccount is missing",
        rollout: || vec![web().tag("v2").pod("/serviceAccountName", "nobody")],
        says: &["nobody"],
        ..CASE
    },
    Case {
        name: "never ready",
        rollout: || vec![web().tag("v2").main("/readinessProbe", never())],
        wait: &["deploy/web", "--timeout=20s"],
        exit: 3,
        ..CASE
    },
    Case {
        name: "no node fits",
        rollout: || vec![web().tag("v2").pod("/nodeSelector", json!({"disk": "none"}))],
        wait: &["deploy/web", "--timeout=20s"],
        exit: 3,
        ..CASE
    },
    Case {
        name: "does not exist until 5 s later",
        before: None,
        rollout: || vec![web()],
        after: Duration::from_secs(5),
        exit: 0,
        ..CASE
    },
    Case {
        name: "a crash loop is mended",
        before: Some(|| web().words(&["exit", "3"])),
        rollout: || vec![web().tag("v2")],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a failure that does not count",
        rollout: || next(&["exit", "3"]),
        wait: &["deploy/web", "--fail-mode=ignore", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a StatefulSet crashes",
        before: Some(|| set("StatefulSet", &["serve"])),
        rollout: || vec![set("StatefulSet", &["exit", "3"])],
        wait: &["sts/web", TIMEOUT],
        says: &["exits with code 3"],
        ..CASE
    },
    Case {
        name: "a DaemonSet is well",
        before: None,
        rollout: || vec![set("DaemonSet", &["serve"])],
        wait: &["ds/web", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a StatefulSet's partition: one pod is to be new, and crashes",
        before: Some(|| set("StatefulSet", &["serve"]).set("/spec/replicas", 2)),
        rollout: || {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}});
            let set = held("StatefulSet", &["exit", "3"], strategy);
            set.into_iter().map(|set| set.set("/spec/replicas", 2)).collect()
        },
        wait: &["sts/web", TIMEOUT],
        says: &["exits with code 3"],
        ..CASE
    },
    Case {
        name: "a DaemonSet that updates on delete only",
        before: Some(|| set("DaemonSet", &["serve"])),
        rollout: || held("DaemonSet", &["exit", "3"], json!({"type": "OnDelete"})),
        wait: &["ds/web", TIMEOUT],
        exit: 0,
        says: &["an edit is held back (OnDelete)"],
        ..CASE
    },
    Case {
        name: "a DaemonSet that no node is for",
        before: None,
        rollout: || vec![set("DaemonSet", &["serve"]).pod("/nodeSelector", json!({"disk": "no"}))],
        wait: &["ds/web", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "paused, with an edit",
        rollout: || with("/spec/paused", true),
        wait: &["deploy/web", "--timeout=15s"],
        exit: 3,
        says: &["is paused"],
        ..CASE
    },
    Case {
        name: "scaled to 0, with a tag that does not exist",
        rollout: || vec![web().tag("v9").set("/spec/replicas", 0)],
        exit: 0,
        ..CASE
    },
    Case {
        name: "never ready, and its progress deadline passes",
        rollout: || {
            let web = web().tag("v2").main("/readinessProbe", never());
            vec![web.set("/spec/progressDeadlineSeconds", 5)]
        },
        ..CASE
    },
    Case {
        name: "a Job with an index that fails",
        before: None,
        rollout: || vec![indexed()],
        wait: &["job/once", TIMEOUT],
        ..CASE
    },
    Case {
        name: "a Job that is suspended",
        before: None,
        rollout: || vec![job(&["sleep", "1s"]).set("/spec/suspend", true)],
        wait: &["job/once", "--timeout=10s"],
        exit: 3,
        says: &["is suspended"],
        ..CASE
    },
    Case {
        name: "a Job completes, and is removed at once",
        before: None,
        rollout: || vec![job(&["sleep", "2s"]).set("/spec/ttlSecondsAfterFinished", 0)],
        wait: &["job/once", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a Job fails, and is removed at once",
        before: None,
        rollout: || vec![job(&["exit", "3"]).set("/spec/ttlSecondsAfterFinished", 0)],
        wait: &["job/once", TIMEOUT],
        says: &["BackoffLimitExceeded"],
        ..CASE
    },
    Case {
        name: "a Job was removed before the wait began",
        before: Some(|| job(&["sleep", "0s"]).set("/spec/ttlSecondsAfterFinished", 0)),
        rollout: Vec::new,
        wait: &["job/once", TIMEOUT],
        exit: 0,
        says: &["as its Events say"],
        ..CASE
    },
    Case {
        name: "a Job completes",
        before: None,
        rollout: || vec![job(&["sleep", "2s"])],
        wait: &["job/once", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a Job fails",
        before: None,
        rollout: || vec![job(&["log", "out of ideas", "--", "exit", "4"])],
        wait: &["job/once", TIMEOUT],
        says: &["out of ideas"],
        ..CASE
    },
];
