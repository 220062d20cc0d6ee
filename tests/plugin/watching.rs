//! What follows an object asks once and then listens: requests, closes, a lost past, a
//! server that goes away.

use super::live::{DEPLOYMENTS, PODS, REPORTS, cluster, crashing, report, running};
use super::server::{Server, plugin, write_kubeconfig};
use serde_json::{Value, json};
use std::io::Read as _;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

/// Long enough for a process to begin and to have listed.
const A_WHILE: Duration = Duration::from_millis(1_500);

fn spawn(server: &Server, arguments: &[&str]) -> Child {
    server.plugin(arguments).spawn().expect("it runs")
}

/// How it ended, and what it said.
fn ended(child: Child) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

/// Interrupts it, and gives what it said.
fn interrupted(mut child: Child) -> (String, String) {
    let id = child.id().to_string();
    let kill = std::process::Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.expect("kill runs").success());
    let (mut answer, mut said) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut answer).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{answer}{said}");
    (answer, said)
}

#[test]
fn while_nothing_happens_nothing_is_asked() {
    let server = Server::new("quiet");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "5s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    let begun = server.take_asked();
    // The Deployment, its ReplicaSets and its pods: each asked for, then listed and watched.
    assert_eq!(begun.len(), 9, "{begun:#?}");
    assert_eq!(begun.iter().filter(|asked| asked.contains("watch=true")).count(), 3, "{begun:#?}");
    let is_chosen =
        |asked: &&String| asked.contains("labelSelector=") || asked.contains("fieldSel");
    assert_eq!(begun.iter().filter(is_chosen).count(), 8, "{begun:#?}");
    let (code, answer, _) = ended(child);
    assert_eq!(code, Some(3), "{answer}");
    assert_eq!(server.take_asked(), [""; 0]);
}

#[test]
fn what_is_told_is_judged_at_once() {
    let server = Server::new("told");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    let crashed = Instant::now();
    cluster(&server, &crashing());
    let (code, answer, _) = ended(child);
    assert_eq!(code, Some(2), "{answer}");
    assert!(crashed.elapsed() < Duration::from_secs(2), "{:?}", crashed.elapsed());
    assert!(answer.contains("container main exits with code 3"), "{answer}");
}

#[test]
fn what_is_well_already_costs_three_requests() {
    let server = Server::new("well");
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, _) = ended(spawn(&server, &["wait", "deploy/web", "--timeout", "20s"]));
    assert_eq!(code, Some(0), "{answer}");
    let asked = server.take_asked();
    assert_eq!(asked.len(), 3, "{asked:#?}");
}

#[test]
fn that_all_is_well_is_asked_anew() {
    let server = Server::new("proved");
    // Well enough three seconds from now.
    cluster(&server, &running("2026-11-21T07:03:37Z"));
    server.run_clock();
    let (code, answer, _) = ended(spawn(&server, &["wait", "deploy/web", "--timeout", "20s"]));
    assert_eq!(code, Some(0), "{answer}");
    let asked = server.take_asked();
    // The last three are no watch: a picture may be old.
    assert_eq!(asked.len(), 12, "{asked:#?}");
    let get = format!("GET {DEPLOYMENTS}/web");
    assert!(asked[9..].contains(&get), "{asked:#?}");
    assert!(asked[9..].iter().all(|asked| !asked.contains("watch")), "{asked:#?}");
}

#[test]
fn closed_watches_are_resumed_and_nobody_hears_of_it() {
    let server = Server::new("resumed");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    server.take_asked();
    assert_eq!(server.close_watches(), 3);
    // Told while nobody listens: the watch resumes where it was.
    cluster(&server, &crashing());
    let (code, answer, said) = ended(child);
    assert_eq!((code, said.as_str()), (Some(2), "error: failed: deployment/web\n"), "{answer}");
    let lists = |asked: &String| asked.contains("pods") && !asked.contains("watch");
    assert!(!server.take_asked().iter().any(|a| lists(a) && !a.contains("/log")));
}

#[test]
fn a_lost_past_is_listed_again() {
    let server = Server::new("gone");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    server.take_asked();
    cluster(&server, &crashing());
    server.forget();
    server.close_watches();
    let (code, answer, said) = ended(child);
    assert_eq!((code, said.as_str()), (Some(2), "error: failed: deployment/web\n"), "{answer}");
}

#[test]
fn an_object_that_goes_while_nobody_watches_is_missed() {
    let server = Server::new("missed");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "7s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    server.list(DEPLOYMENTS, &[]);
    server.forget();
    server.close_watches();
    let (code, answer, _) = ended(child);
    assert_eq!(code, Some(3), "{answer}");
    assert!(answer.contains("was deleted"), "{answer}");
}

#[test]
fn who_may_list_but_not_watch_asks_again_and_again() {
    let server = Server::new("no-watch");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    server.forbid_watches();
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    cluster(&server, &crashing());
    let (code, answer, said) = ended(child);
    assert_eq!((code, said.as_str()), (Some(2), "error: failed: deployment/web\n"), "{answer}");
}

#[test]
fn labels_are_watched() {
    let server = Server::new("labels");
    for kind in ["statefulsets", "daemonsets"] {
        server.list(&format!("/apis/apps/v1/namespaces/shop/{kind}"), &[]);
    }
    server.list("/apis/batch/v1/namespaces/shop/jobs", &[]);
    server.list(DEPLOYMENTS, &[]);
    let child = spawn(&server, &["wait", "-l", "app=web", "--timeout", "30s"]);
    std::thread::sleep(A_WHILE);
    // A list and a watch of each of four kinds.
    assert_eq!(server.take_asked().len(), 8);
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, said) = ended(child);
    assert_eq!(code, Some(0), "{answer}{said}");
    assert!(answer.contains("deployment/web is healthy"), "{answer}");
}

#[test]
fn what_has_no_namespace_is_named_without_one() {
    let server = Server::new("namespaces");
    let namespace = json!({ "metadata": { "name": "lake" }, "status": { "phase": "Active" } });
    server.put("/api/v1/namespaces/lake", namespace);
    let settings = json!({ "metadata": { "name": "settings", "namespace": "lake" } });
    server.put("/api/v1/namespaces/lake/configmaps/settings", settings);
    let manifests = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lake.yaml");
    let text = "{apiVersion: v1, kind: Namespace, metadata: {name: lake}}\n---\n\
        {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: lake}}\n";
    std::fs::write(&manifests, text).expect("a file");
    let file = manifests.to_str().expect("a path");
    let (code, answer, said) = ended(spawn(&server, &["wait", "-f", file]));
    assert_eq!(code, Some(0), "{answer}{said}");
    assert!(answer.contains("  namespace/lake  "), "{answer}");
    assert!(answer.contains("  configmap/settings  "), "{answer}");
}

/// The report of web with this summary and verdict.
fn named(summary: &str, verdict: &str) -> Value {
    let mut report = report("web", "Deployment", "web");
    report["status"]["summary"] = json!(summary);
    report["status"]["verdict"] = json!(verdict);
    report
}

#[test]
fn a_report_is_watched_and_its_controller_may_go() {
    let server = Server::new("watch-report");
    server.list(REPORTS, &[named("web is broken", "Failing")]);
    let child = spawn(&server, &["deploy/web", "--watch"]);
    std::thread::sleep(A_WHILE);
    let asked = server.take_asked();
    // The report, then its list and its watch.
    assert_eq!(asked.len(), 3, "{asked:#?}");
    server.list(REPORTS, &[named("web is well", "Healthy")]);
    std::thread::sleep(A_WHILE);
    server.instead(Some(500));
    std::thread::sleep(2 * A_WHILE);
    server.instead(None);
    std::thread::sleep(2 * A_WHILE);
    server.list(REPORTS, &[named("web is stuck", "Stuck")]);
    std::thread::sleep(A_WHILE);
    let (answer, said) = interrupted(child);
    let order: Vec<usize> =
        ["failing", "healthy", "stuck"].iter().filter_map(|word| answer.find(word)).collect();
    assert!(order.len() == 3 && order.is_sorted(), "{answer}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
}

#[test]
fn a_server_that_starts_again_is_not_believed_when_it_refuses() {
    for code in [403, 404] {
        let server = Server::new(&format!("returns-{code}"));
        cluster(&server, &running("2026-11-21T07:03:43Z"));
        let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
        std::thread::sleep(A_WHILE);
        server.instead(Some(500));
        std::thread::sleep(A_WHILE);
        server.instead(Some(code));
        std::thread::sleep(2 * A_WHILE);
        server.instead(None);
        cluster(&server, &crashing());
        let (exit, answer, said) = ended(child);
        assert_eq!(exit, Some(2), "{code}: {answer}{said}");
        assert_eq!(said.matches("trying again").count(), 1, "{code}: {said}");
        assert_eq!(said.matches("answers again").count(), 1, "{code}: {said}");
    }
}

/// Says of a server that was not there at first that it is not, and once that it is.
fn said_once(server: &Server, said: &str) {
    assert_eq!(said.matches("cannot be reached").count(), 1, "{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    assert!(said.contains(&server.url()), "{said}");
}

#[test]
fn a_wait_may_begin_before_its_server() {
    for arguments in [&["wait", "deploy/web"], &["wait", "-l", "app=web"][..]] {
        let mut server = Server::new("wait-before");
        for kind in ["statefulsets", "daemonsets"] {
            server.list(&format!("/apis/apps/v1/namespaces/shop/{kind}"), &[]);
        }
        server.list("/apis/batch/v1/namespaces/shop/jobs", &[]);
        cluster(&server, &crashing());
        server.leave();
        let child = spawn(&server, &[arguments, &["--timeout", "30s"]].concat());
        std::thread::sleep(2 * A_WHILE);
        server.come_back();
        let (code, answer, said) = ended(child);
        assert_eq!(code, Some(2), "{arguments:?}: {answer}{said}");
        assert!(answer.contains("container main exits with code 3"), "{arguments:?}: {answer}");
        said_once(&server, &said);
    }
}

#[test]
fn a_wait_outlives_its_server() {
    let mut server = Server::new("wait-mid");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = spawn(&server, &["wait", "deploy/web", "--timeout", "30s", "--settle", "1h"]);
    std::thread::sleep(A_WHILE);
    server.leave();
    std::thread::sleep(2 * A_WHILE);
    cluster(&server, &crashing());
    server.come_back();
    let (code, answer, said) = ended(child);
    assert_eq!(code, Some(2), "{answer}{said}");
    said_once(&server, &said);
}

#[test]
fn a_server_that_never_comes_is_an_error_of_the_wait() {
    let mut server = Server::new("wait-never");
    server.leave();
    let (code, answer, said) = ended(spawn(&server, &["wait", "deploy/web", "--timeout", "3s"]));
    assert_eq!(code, Some(1), "{answer}{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert!(said.contains(&format!("error: the API server at {}", server.url())), "{said}");
}

#[test]
fn a_server_that_takes_requests_and_never_answers_does_not_hold_the_end_back() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", deaf.local_addr().expect("an address"));
    let kubeconfig = write_kubeconfig("wait-deaf", &url);
    let began = Instant::now();
    let child = plugin(&kubeconfig, &["wait", "deploy/web", "--timeout", "1s"]).spawn();
    let (code, answer, said) = ended(child.expect("it runs"));
    assert_eq!(code, Some(1), "{answer}{said}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(said.matches("has not answered for 10s").count(), 1, "{said}");
    assert!(said.contains(&format!("error: the API server at {url} does not answer")), "{said}");
}

#[test]
fn a_watch_may_begin_before_its_server_and_outlives_it() {
    let mut server = Server::new("watch-before");
    server.list(REPORTS, &[named("web is broken", "Failing")]);
    server.leave();
    let child = spawn(&server, &["deploy/web", "--watch"]);
    std::thread::sleep(A_WHILE);
    server.come_back();
    std::thread::sleep(2 * A_WHILE);
    server.leave();
    std::thread::sleep(A_WHILE);
    server.list(REPORTS, &[named("web is well", "Healthy")]);
    server.come_back();
    std::thread::sleep(3 * A_WHILE);
    let (answer, said) = interrupted(child);
    let order: Vec<usize> =
        ["failing", "healthy"].iter().filter_map(|word| answer.find(word)).collect();
    assert!(order.len() == 2 && order.is_sorted(), "{answer}{said}");
    assert_eq!(said.matches("cannot be reached").count(), 2, "{said}");
    assert_eq!(said.matches("answers again").count(), 2, "{said}");
}

#[test]
fn a_computed_answer_may_begin_before_its_server() {
    let mut server = Server::new("computed-before");
    cluster(&server, &crashing());
    server.leave();
    let child = spawn(&server, &["deploy/web", "--watch", "--local"]);
    std::thread::sleep(A_WHILE);
    server.come_back();
    std::thread::sleep(2 * A_WHILE);
    let (answer, said) = interrupted(child);
    assert!(answer.contains("exited with code 3"), "{answer}{said}");
    said_once(&server, &said);
}

#[test]
fn where_reports_cannot_be_chosen_by_their_root_the_answer_is_computed() {
    let server = Server::new("watch-older");
    cluster(&server, &crashing());
    server.put(&format!("{REPORTS}/web"), report("web", "Deployment", "web"));
    server.refuse(REPORTS, 400, "field label not supported: spec.root.kind");
    let child = spawn(&server, &["deploy/web", "--watch"]);
    std::thread::sleep(2 * A_WHILE);
    let (answer, said) = interrupted(child);
    assert!(said.contains("field label not supported") && said.contains("computed here"), "{said}");
    assert!(answer.contains("exited with code 3"), "{answer}");
}

#[test]
fn what_is_computed_is_watched_too_from_before_it_exists() {
    let server = Server::new("watch-computed");
    server.list(DEPLOYMENTS, &[]);
    server.list(PODS, &[]);
    let child = spawn(&server, &["deploy/web", "--watch"]);
    std::thread::sleep(A_WHILE);
    let begun = server.take_asked();
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    std::thread::sleep(A_WHILE);
    cluster(&server, &crashing());
    std::thread::sleep(A_WHILE);
    let asked = server.take_asked();
    let (answer, said) = interrupted(child);
    assert!(said.contains("waiting for it"), "{said}");
    assert!(answer.contains("healthy") && answer.contains("exited with code 3"), "{answer}");
    assert!(begun.len() <= 4, "{begun:#?}");
    // A list and a watch of ReplicaSets, pods, and the events of three objects.
    assert!(asked.len() <= 10, "{asked:#?}");
}

#[test]
fn logs_are_followed_from_run_to_run_until_the_pod_is_gone() {
    let server = Server::new("logs");
    cluster(&server, &crashing());
    let log = format!("{PODS}/web-2-a/log");
    let line = |second: u8, words: &str| format!("2026-11-21T07:03:0{second}.5Z {words}\n");
    let first = line(1, "connecting") + &line(2, "no \u{1b}[31mdatabase");
    server.put(&log, json!(first));
    let child = spawn(&server, &["logs", "-f", "deploy/web"]);
    std::thread::sleep(A_WHILE);
    server.instead(Some(500));
    std::thread::sleep(A_WHILE);
    // What was read before comes again, and is not shown again.
    server.put(&log, json!(line(2, "no database") + &line(4, "connecting again")));
    server.instead(None);
    std::thread::sleep(2 * A_WHILE);
    server.remove(&log);
    let (code, answer, said) = ended(child);
    assert_eq!((code, answer.as_str()), (Some(0), "connecting\nno database\nconnecting again\n"));
    assert!(said.contains("pod web-2-a is gone, and its log with it"), "{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    let asked = server.take_asked();
    let since = |asked: &&String| asked.contains("sinceTime=2026-11-21T07%3A03%3A0");
    assert!(asked.iter().any(|a| since(&a)), "{asked:#?}");
}
