//! The plugin against an API server: requests, refusals, and what is said of them.

use super::server::{Server, plugin, write_kubeconfig};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::process::{Output, Stdio};
use std::time::Duration;

pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
const SETS: &str = "/apis/apps/v1/namespaces/shop/replicasets";
pub(crate) const PODS: &str = "/api/v1/namespaces/shop/pods";
const EVENTS: &str = "/api/v1/namespaces/shop/events";
pub(crate) const REPORTS: &str = "/apis/kubeblame.dev/v1alpha1/namespaces/shop/blamereports";
const MADE: &str = "2026-11-21T07:00:00Z";

fn template(revision: i64) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "main", "image": format!("shop/web:v{revision}") }] },
    })
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{ "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true }])
}

/// A Deployment of one pod, at revision 2 after 1.
pub(crate) fn cluster(server: &Server, status: &Value) {
    let ready = i32::from(status["containerStatuses"][0]["ready"] == true);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
            "creationTimestamp": MADE, "labels": { "app": "web" },
            "annotations": { "deployment.kubernetes.io/revision": "2" },
            "managedFields": [{
                "manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T07:02:00Z",
                "fieldsV1": { "f:spec": { "f:template": { "f:spec": { "f:containers": {
                    "k:{\"name\":\"main\"}": { "f:image": {} } } } } } },
            }],
        },
        "spec": {
            "replicas": 1, "selector": { "matchLabels": { "app": "web" } }, "template": template(2),
        },
        "status": {
            "observedGeneration": 2, "replicas": 1, "updatedReplicas": 1,
            "readyReplicas": ready, "availableReplicas": ready,
        },
    });
    let set = |revision: i64, replicas: i64| {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("web-{revision}"), "namespace": "shop", "generation": 1,
                "uid": format!("uid-rs{revision}"),
                "creationTimestamp": if revision == 1 { MADE } else { "2026-11-21T07:02:00Z" },
                "labels": { "app": "web", "pod-template-hash": revision.to_string() },
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
                "ownerReferences": owner("Deployment", "web", "uid-web"),
            },
            "spec": { "replicas": replicas, "template": template(revision) },
            "status": { "replicas": replicas, "readyReplicas": replicas, "observedGeneration": 1 },
        })
    };
    let pod = pod(&template(2)["spec"], status);
    server.list(DEPLOYMENTS, &[deployment]);
    server.list(SETS, &[set(1, 0), set(2, 1)]);
    server.list(PODS, &[pod]);
    server.list(EVENTS, &[]);
}

/// The pod of revision 2.
fn pod(spec: &Value, status: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-2-a", "namespace": "shop", "uid": "uid-pod",
            "creationTimestamp": "2026-11-21T07:02:01Z",
            "labels": { "app": "web", "pod-template-hash": "2" },
            "ownerReferences": owner("ReplicaSet", "web-2", "uid-rs2"),
        },
        "spec": spec, "status": status,
    })
}

pub(crate) fn crashing() -> Value {
    let end = json!({
        "exitCode": 3, "reason": "Error",
        "startedAt": "2026-11-21T07:03:30Z", "finishedAt": "2026-11-21T07:03:31Z",
    });
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": MADE }],
        "containerStatuses": [{
            "name": "main", "ready": false, "restartCount": 2, "image": "shop/web:v2",
            "imageID": "sha256:2", "lastState": { "terminated": end },
            "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        }],
    })
}

pub(crate) fn running(since: &str) -> Value {
    json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": since }],
        "containerStatuses": [{
            "name": "main", "ready": true, "restartCount": 0, "image": "shop/web:v2",
            "imageID": "sha256:2", "state": { "running": { "startedAt": since } },
        }],
    })
}

pub(crate) fn report(name: &str, kind: &str, root: &str) -> Value {
    json!({
        "apiVersion": "kubeblame.dev/v1alpha1", "kind": "BlameReport",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": { "root": { "apiVersion": "apps/v1", "kind": kind, "name": root, "uid": "u" } },
        "status": {
            "verdict": "Failing", "since": MADE, "conditions": [],
            "summary": format!("{root} is broken"),
        },
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code, answer, messages.
fn parts(output: &Output) -> (Option<i32>, String, String) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn with_the_controller_a_root_is_one_request() {
    let server = Server::new("one-request");
    server.put(&format!("{REPORTS}/web"), report("web", "Deployment", "web"));
    let (code, answer, said) = parts(&server.blame(&["deploy/web"]));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(answer.starts_with("Deployment web: failing"), "{answer}");
    assert_eq!(server.take_asked(), [format!("GET {REPORTS}/web")]);
}

#[test]
fn a_report_under_a_hashed_name_is_found() {
    let server = Server::new("hashed");
    // A Deployment of that very name has the plain one.
    server.put(
        &format!("{REPORTS}/db.statefulset"),
        report("db.statefulset", "Deployment", "db.statefulset"),
    );
    let items = [report("db.statefulset-1a2b3c4d", "StatefulSet", "db")];
    server.put(REPORTS, json!({ "items": items }));
    let (code, answer, _) = parts(&server.blame(&["sts/db"]));
    assert_eq!(code, Some(0));
    assert!(answer.starts_with("StatefulSet db: failing"), "{answer}");
    let asked = server.take_asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[1].contains("fieldSelector=spec.root.kind%3DStatefulSet"), "{asked:?}");
}

#[test]
fn without_the_controller_six_requests_are_enough() {
    let server = Server::new("computed");
    cluster(&server, &crashing());
    let (code, answer, said) = parts(&server.blame(&["deploy/web"]));
    assert_eq!(code, Some(0), "{said}");
    assert!(answer.contains("image shop/web:v1 -> shop/web:v2"), "{answer}");
    assert_eq!(said, "this cluster has no BlameReports: the answer is computed here\n");
    let asked = server.take_asked();
    // One more finds out that there are no reports.
    assert!(asked.len() <= 7, "{asked:?}");
    assert!(asked.iter().all(|a| a.contains("/namespaces/shop/")), "{asked:?}");
}

#[test]
fn without_a_report_of_the_controller_the_list_is_computed() {
    let server = Server::new("no-controller");
    cluster(&server, &crashing());
    for path in [
        "/apis/apps/v1/namespaces/shop/statefulsets",
        "/apis/apps/v1/namespaces/shop/daemonsets",
        "/apis/apps/v1/namespaces/shop/controllerrevisions",
        "/apis/batch/v1/namespaces/shop/jobs",
        "/apis/batch/v1/namespaces/shop/cronjobs",
        "/api/v1/namespaces/shop/replicationcontrollers",
    ] {
        server.list(path, &[]);
    }
    // The kind is there, and its controller has gone, or was never started.
    server.put(REPORTS, json!({ "items": [] }));
    let (code, answer, said) = parts(&server.blame(&[]));
    assert_eq!(code, Some(0), "{said}");
    assert!(answer.contains("deployment/web   Failing"), "{answer}");
    assert!(said.contains("there are no BlameReports here: the answer is computed here"), "{said}");
}

#[test]
fn files_of_kubeconfig_that_are_not_there_are_left_out() {
    let server = Server::new("some-files");
    server.put(&format!("{REPORTS}/web"), report("web", "Deployment", "web"));
    let mut command = server.plugin(&["deploy/web"]);
    let there = command.get_envs().find(|(name, _)| *name == "KUBECONFIG").and_then(|(_, v)| v);
    let there = there.expect("set").to_owned();
    let both = std::env::join_paths(["/nowhere".into(), there]).expect("paths");
    let (code, answer, said) = parts(&command.env("KUBECONFIG", both).output().expect("it runs"));
    assert_eq!((code, said.as_str()), (Some(0), ""), "{answer}");
}

#[test]
fn reports_of_other_versions_are_read_as_far_as_they_are_understood() {
    let server = Server::new("versions");
    let mut newer = report("web", "Deployment", "web");
    newer["status"]["verdict"] = json!("Gremlins");
    newer["status"]["news"] = json!({ "of": ["tomorrow"] });
    server.put(&format!("{REPORTS}/web"), newer);
    let (code, answer, _) = parts(&server.blame(&["deploy/web"]));
    assert_eq!(code, Some(0));
    assert!(answer.starts_with("Deployment web: unknown"), "{answer}");
    // One that cannot be read at all is no reason not to answer.
    cluster(&server, &crashing());
    server.put(&format!("{REPORTS}/web"), json!({ "spec": "what?" }));
    let (code, answer, said) = parts(&server.blame(&["deploy/web"]));
    assert_eq!(code, Some(0));
    assert!(answer.contains("failing") && said.contains("does not know"), "{answer}{said}");
}

/// The one sentence of a failure.
fn failure(output: &Output) -> String {
    let (code, answer, said) = parts(output);
    assert_eq!((code, answer.as_str()), (Some(1), ""), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    errors[0].to_owned()
}

#[test]
fn refusals_are_one_sentence() {
    let server = Server::new("refusals");
    cluster(&server, &crashing());
    assert!(failure(&server.blame(&["deploy/wbe"])).ends_with("did you mean web?"));
    server.refuse(
        &format!("{DEPLOYMENTS}/web"),
        403,
        "deployments.apps is forbidden: User \"test\" cannot get",
    );
    let said = failure(&server.blame(&["deploy/web"]));
    assert!(said.contains("you may not get deployments.apps"), "{said}");
    server.instead(Some(401));
    let said = failure(&server.blame(&["deploy/web"]));
    assert!(said.contains("log in again"), "{said}");
    server.instead(Some(500));
    let said = failure(&server.blame(&["tree", "deploy/web"]));
    assert!(said.contains("answers 500"), "{said}");
}

#[test]
fn of_several_objects_those_that_are_there_are_answered() {
    let server = Server::new("several");
    cluster(&server, &crashing());
    let (code, answer, said) = parts(&server.blame(&["deploy/wbe", "deploy/web"]));
    assert_eq!(code, Some(1));
    assert!(answer.starts_with("Deployment web: edited"), "{answer}");
    assert!(said.contains("error: deployment/wbe not found"), "{said}");
}

#[test]
fn what_may_be_read_is_answered_and_what_not_is_said() {
    let server = Server::new("partly");
    cluster(&server, &crashing());
    server.refuse(PODS, 403, "pods is forbidden");
    let (code, answer, _) = parts(&server.blame(&["deploy/web"]));
    assert_eq!(code, Some(0));
    assert!(answer.contains("Pod is forbidden"), "{answer}");
    // But nobody can wait for pods that may not be seen.
    let said = failure(&server.blame(&["wait", "deploy/web"]));
    assert!(said.contains("whether deployment/web is well cannot be known"), "{said}");
}

#[test]
fn of_a_crash_without_a_remedy_the_log_is_next() {
    let server = Server::new("log-next");
    let mut crash = report("web", "Deployment", "web");
    crash["status"]["findings"] = json!([{
        "symptom": { "reason": "CrashLoopBackOff", "container": "main", "exitCode": 3, "pods": 1,
            "examples": ["web-1"], "firstSeen": MADE, "lastSeen": MADE },
        "cause": { "class": "Unknown", "summary": "unknown: nothing explains it" },
    }]);
    server.put(&format!("{REPORTS}/web"), crash.clone());
    let (_, answer, said) = parts(&server.blame(&["deploy/web"]));
    assert!(answer.ends_with("\nIts log: kubectl blame logs deployment/web\n"), "{answer}{said}");
    assert!(answer.contains("cause not known: nothing explains it"), "{answer}");
    crash["status"]["findings"][0]["remedy"] = json!("kubectl rollout undo deployment/web");
    server.put(&format!("{REPORTS}/web"), crash);
    let (_, answer, _) = parts(&server.blame(&["deploy/web"]));
    assert!(answer.contains("To fix: ") && !answer.contains("Its log"), "{answer}");
}

#[test]
fn a_report_is_shown_by_its_own_name_too() {
    let server = Server::new("by-name");
    let group = json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [{ "metadata": { "name": "kubeblame.dev" }, "versions": [{ "version": "v1alpha1",
            "resources": [{ "resource": "blamereports", "scope": "Namespaced",
                "responseKind": { "group": "kubeblame.dev", "version": "v1alpha1",
                    "kind": "BlameReport" },
                "singularResource": "blamereport", "shortNames": ["blame"],
                "verbs": ["get", "list"] }] }] }] });
    server.put("/apis", group);
    server.put("/api", json!({ "items": [] }));
    server.put(&format!("{REPORTS}/db.statefulset"), report("db.statefulset", "StatefulSet", "db"));
    let (code, answer, said) = parts(&server.blame(&["blame/db.statefulset"]));
    assert_eq!(code, Some(0), "{said}");
    assert!(answer.starts_with("StatefulSet db: failing"), "{answer}");
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let server = Server::new("secret");
    let mut waiting = crashing();
    let container = &mut waiting["containerStatuses"][0];
    container["lastState"] = json!({});
    container["restartCount"] = json!(0);
    container["state"] = json!({ "waiting": {
        "reason": "CreateContainerConfigError", "message": "secret \"token\" not found" } });
    cluster(&server, &waiting);
    let mut spec = template(2)["spec"].clone();
    spec["containers"][0]["envFrom"] = json!([{ "secretRef": { "name": "token" } }]);
    server.list(PODS, &[pod(&spec, &waiting)]);
    server.list("/api/v1/namespaces/shop/secrets", &[]);
    let (code, answer, said) = parts(&server.blame(&["deploy/web"]));
    assert_eq!(code, Some(0), "{said}");
    assert!(answer.contains("secret \"token\" not found"), "{answer}");
    let asked = server.take_asked();
    assert!(asked.iter().any(|asked| asked.contains("/secrets?")), "{asked:?}");
}

#[test]
fn an_unreachable_server_is_named() {
    let nowhere = write_kubeconfig("nowhere", "http://127.0.0.1:1");
    let output = plugin(&nowhere, &["deploy/web"]).output().expect("it runs");
    let said = failure(&output);
    assert!(said.contains("http://127.0.0.1:1 cannot be reached"), "{said}");
    // A wait tries until its time is over, and says so once.
    let output = plugin(&nowhere, &["wait", "deploy/web", "--timeout", "3s"]).output();
    let output = output.expect("it runs");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
}

#[test]
fn a_wait_ends_at_once_when_it_is_hopeless() {
    let server = Server::new("hopeless");
    cluster(&server, &crashing());
    let log = format!("{PODS}/web-2-a/log");
    server.put(&log, json!("no database\u{1b}[31m"));
    let (code, answer, said) = parts(&server.blame(&["wait", "deploy/web"]));
    assert_eq!(code, Some(2), "{answer}{said}");
    assert_eq!(said, "error: failed: deployment/web\n");
    insta::with_settings!({ filters => vec![(r"(?m)^ +\d+s", "[time]")] }, {
        insta::assert_snapshot!("wait_log", answer);
    });
}

#[test]
fn a_wait_is_not_over_before_it_has_settled() {
    let server = Server::new("settled");
    // Ready three seconds before the server's clock, which stands still.
    cluster(&server, &running("2026-11-21T07:03:41Z"));
    let (code, answer, _) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "2s"]));
    assert_eq!(code, Some(3), "{answer}");
    assert!(answer.contains("Settling") && !answer.contains("Healthy"), "{answer}");
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, _) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "20s"]));
    assert_eq!(code, Some(0), "{answer}");
    let arguments = ["wait", "deploy/web", "--timeout", "1s", "--settle", "deploy/web=60s"];
    assert_eq!(server.blame(&arguments).status.code(), Some(3));
}

#[test]
fn a_wait_outlives_a_server_that_goes_away() {
    let server = Server::new("away");
    server.list(DEPLOYMENTS, &[]);
    let mut child = server
        .plugin(&["wait", "deploy/web", "--timeout", "30s", "-o", "json"])
        .spawn()
        .expect("it runs");
    std::thread::sleep(Duration::from_millis(1_500));
    server.instead(Some(500));
    std::thread::sleep(Duration::from_millis(3_500));
    cluster(&server, &running("2026-11-21T07:03:00Z"));
    server.instead(None);
    let status = child.wait().expect("it ends");
    let (mut answer, mut said) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut answer).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!(status.code(), Some(0), "{answer}{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    let states: Vec<Value> =
        answer.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(states[0]["state"], "Absent");
    let last = states.last().expect("lines");
    assert_eq!((&last["event"], &last["exitCode"]), (&json!("End"), &json!(0)));
}

/// What the plugin says when this comes in on stdin.
fn piped(server: &Server, arguments: &[&str], input: &str) -> Output {
    let mut child = server.plugin(arguments).stdin(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn manifests_on_stdin_are_waited_for() {
    let server = Server::new("manifests");
    cluster(&server, &running("2026-11-21T07:03:00Z"));
    let maps = "/api/v1/namespaces/shop/configmaps";
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "settings", "namespace": "shop", "uid": "m" } });
    server.list(maps, &[map]);
    let manifests = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n\
        apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n\
        apiVersion: batch/v1\nkind: Job\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n";
    let (code, answer, said) = parts(&piped(&server, &["wait", "-f", "-"], manifests));
    assert_eq!(code, Some(0), "{answer}{said}");
    assert!(answer.ends_with("all 2 are healthy\n"), "{answer}");
    assert!(said.contains("hooks of Helm are not waited for: job/test"), "{said}");
    let hook =
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n";
    let (code, _, said) = parts(&piped(&server, &["wait", "-f", "-"], hook));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.ends_with("the manifests hold nothing but hooks\n"), "{said}");
    let said = failure(&piped(&server, &["wait", "-f", "-"], "kind: [oops\n"));
    assert!(said.contains("not valid YAML"), "{said}");
    let dump = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: u, resourceVersion: \"1\"}\n";
    let said = failure(&piped(&server, &["wait", "-f", "-"], dump));
    assert!(said.contains("read what it says with kubectl blame -f"), "{said}");
    let said = failure(&piped(&server, &["-f", "-"], manifests));
    assert!(said.contains("kubectl blame wait -f"), "{said}");
}

#[test]
fn annotations_set_options_and_wrong_ones_are_said_once() {
    let server = Server::new("annotations");
    cluster(&server, &crashing());
    let annotate = |value: &str| {
        let mut web: Value =
            serde_json::from_slice(&server.blame(&["tree", "deploy/web", "-o", "json"]).stdout)
                .expect("JSON");
        assert_eq!(web["name"].take(), "web");
        let mut deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "shop", "uid": "uid-web", "generation": 2,
                "creationTimestamp": MADE,
                "annotations": { "deployment.kubernetes.io/revision": "2" },
            },
            "spec": {
                "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
                "template": template(2),
            },
            "status": { "observedGeneration": 2, "replicas": 1, "updatedReplicas": 1 },
        });
        deployment["metadata"]["annotations"]["kubeblame.dev/fail-mode"] = json!(value);
        server.put(&format!("{DEPLOYMENTS}/web"), deployment);
    };
    annotate("ignore");
    let output = server.blame(&["wait", "deploy/web", "--timeout", "10s"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    annotate("perhaps");
    let (code, _, said) = parts(&server.blame(&["wait", "deploy/web", "--timeout", "10s"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the annotation kubeblame.dev/fail-mode \"perhaps\""), "{said}");
}

#[test]
fn nothing_is_said_of_a_reader_that_went_away() {
    let server = Server::new("closed");
    cluster(&server, &crashing());
    for arguments in [&["deploy/web"][..], &["fields", "deploy/web"], &["completion", "bash"]] {
        let mut child = server.plugin(arguments).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = text(&output.stderr)
            .replace("this cluster has no BlameReports: the answer is computed here\n", "");
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // A wait goes on: its exit code is the answer.
    let mut child = server.plugin(&["wait", "deploy/web"]).spawn().expect("it runs");
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_130() {
    let server = Server::new("interrupt");
    server.list(DEPLOYMENTS, &[]);
    for arguments in [&["wait", "deploy/web"][..], &["deploy/web", "--watch"]] {
        let child = server.plugin(arguments).spawn().expect("it runs");
        std::thread::sleep(Duration::from_millis(1_200));
        let kill =
            std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {output:?}");
    }
}

#[test]
fn wrong_uses_of_commands_are_one_sentence() {
    let server = Server::new("usage");
    cluster(&server, &crashing());
    for (arguments, says) in [
        (&["wait"][..], "nothing to wait for"),
        (&["wait", "deploy"], "write KIND/NAME, or choose with -l or --all"),
        (&["wait", "deploy/web", "-A"], "leave out -A"),
        (&["wait", "deploy/web", "-o", "yaml"], "-o json"),
        (&["wait", "deploy/web", "--fail-mode", "perhaps"], "write now, end or ignore"),
        (&["wait", "deploy/web", "--log-regex", "("], "no regular expression"),
        (&["tree", "deploy"], "which deploy?"),
        (&["diff", "deploy/web", "one"], "is no revision"),
        (&["diff", "deploy/web", "2", "7"], "keeps no revision 7"),
        (&["fields", "deploy/web", "--path", "spec.nothing"], "has no field"),
        (&["deploy/web", "-o", "jsonpath={.a"], "is not closed"),
        (&["cm"], "makes no pods"),
        (&["deploy/web", "--context", "tset"], "did you mean test?"),
        (&["deploy/web", "--server", "http://[oops"], "is no address"),
    ] {
        let said = failure(&server.blame(arguments));
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
