//! What follows an object asks once and then listens: requests, closed watches, a lost past.

use super::running::Running;
use super::server::Server;
use super::shop::{DEPLOYMENTS, PODS, REPORTS, cluster, crashing, named, report, running};
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn while_nothing_happens_nothing_is_asked() {
    let server = Server::new("quiet");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "8s", "--settle", "1h"]);
    server.until_watched(3);
    let begun = server.take_asked();
    // The Deployment, its ReplicaSets and its pods: each asked for, then listed and watched.
    assert_eq!(begun.len(), 9, "{begun:#?}");
    assert_eq!(begun.iter().filter(|asked| asked.contains("watch=true")).count(), 3, "{begun:#?}");
    let is_chosen =
        |asked: &&String| asked.contains("labelSelector=") || asked.contains("fieldSel");
    assert_eq!(begun.iter().filter(is_chosen).count(), 8, "{begun:#?}");
    let (code, answer, _) = child.ended();
    assert_eq!(code, Some(3), "{answer}");
    assert_eq!(server.take_asked(), [""; 0]);
}

#[test]
fn what_is_told_is_judged_at_once() {
    let server = Server::new("told");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
    server.until_watched(3);
    let crashed = Instant::now();
    cluster(&server, &crashing());
    let (code, answer, _) = child.ended();
    assert_eq!(code, Some(2), "{answer}");
    // A busy machine may take a while, but nobody waited for the deadline.
    assert!(crashed.elapsed() < Duration::from_secs(30), "{:?}", crashed.elapsed());
    assert!(answer.contains("container main exits with code 3"), "{answer}");
}

#[test]
fn what_is_well_already_costs_three_requests() {
    let server = Server::new("well");
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, _) =
        Running::new(&server, &["wait", "deploy/web", "--timeout", "2m"]).ended();
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
    let (code, answer, _) =
        Running::new(&server, &["wait", "deploy/web", "--timeout", "2m"]).ended();
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
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
    server.until_watched(3);
    server.take_asked();
    assert_eq!(server.close_watches(), 3);
    // Told while nobody listens: the watch resumes where it was.
    cluster(&server, &crashing());
    let (code, answer, said) = child.ended();
    assert_eq!((code, said.as_str()), (Some(2), "error: failed: deployment/web\n"), "{answer}");
    let lists = |asked: &String| asked.contains("pods") && !asked.contains("watch");
    assert!(!server.take_asked().iter().any(|a| lists(a) && !a.contains("/log")));
}

#[test]
fn a_lost_past_is_listed_again() {
    let server = Server::new("gone");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
    server.until_watched(3);
    server.take_asked();
    server.forget(|| cluster(&server, &crashing()));
    let (code, answer, said) = child.ended();
    assert_eq!((code, said.as_str()), (Some(2), "error: failed: deployment/web\n"), "{answer}");
}

#[test]
fn an_object_that_goes_while_nobody_watches_is_missed() {
    let server = Server::new("missed");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child =
        Running::new(&server, &["wait", "deploy/web", "--timeout", "10s", "--settle", "1h"]);
    server.until_watched(3);
    server.forget(|| server.list(DEPLOYMENTS, &[]));
    let (code, answer, _) = child.ended();
    assert_eq!(code, Some(3), "{answer}");
    assert!(answer.contains("was deleted"), "{answer}");
}

#[test]
fn who_may_list_but_not_watch_asks_again_and_again() {
    let server = Server::new("no-watch");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    server.forbid_watches();
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
    let is_pods = |asked: &&String| asked.contains("pods") && asked.contains("watch=");
    server.until_asked(|asked| asked.iter().any(|asked| is_pods(&asked)));
    cluster(&server, &crashing());
    let (code, answer, said) = child.ended();
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
    let child = Running::new(&server, &["wait", "-l", "app=web", "--timeout", "2m"]);
    server.until_watched(4);
    // A list and a watch of each of four kinds.
    assert_eq!(server.take_asked().len(), 8);
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    let (code, answer, said) = child.ended();
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
    let (code, answer, said) = Running::new(&server, &["wait", "-f", file]).ended();
    assert_eq!(code, Some(0), "{answer}{said}");
    assert!(answer.contains("  namespace/lake  "), "{answer}");
    assert!(answer.contains("  configmap/settings  "), "{answer}");
}

#[test]
fn a_report_is_watched_and_its_controller_may_go() {
    let server = Server::new("watch-report");
    server.list(REPORTS, &[named("web is broken", "Failing")]);
    let child = Running::new(&server, &["deploy/web", "--watch"]);
    server.until_watched(1);
    let asked = server.take_asked();
    // The report, then its list and its watch.
    assert_eq!(asked.len(), 3, "{asked:#?}");
    server.list(REPORTS, &[named("web is well", "Healthy")]);
    child.until_answered("healthy");
    server.instead(Some(500));
    child.until_said("trying again", 1);
    server.instead(None);
    child.until_said("answers again", 1);
    server.list(REPORTS, &[named("web is stuck", "Stuck")]);
    child.until_answered("stuck");
    let (answer, said) = child.interrupted();
    let order: Vec<usize> =
        ["failing", "healthy", "stuck"].iter().filter_map(|word| answer.find(word)).collect();
    assert!(order.len() == 3 && order.is_sorted(), "{answer}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
}

#[test]
fn where_reports_cannot_be_chosen_by_their_root_the_answer_is_computed() {
    let server = Server::new("watch-older");
    cluster(&server, &crashing());
    server.put(&format!("{REPORTS}/web"), report("web", "Deployment", "web"));
    server.refuse(REPORTS, 400, "field label not supported: spec.root.kind");
    let child = Running::new(&server, &["deploy/web", "--watch"]);
    child.until_answered("exited with code 3");
    let (answer, said) = child.interrupted();
    assert!(said.contains("field label not supported") && said.contains("computed here"), "{said}");
    assert!(answer.contains("exited with code 3"), "{answer}");
}

#[test]
fn what_is_computed_is_watched_too_from_before_it_exists() {
    let server = Server::new("watch-computed");
    server.list(DEPLOYMENTS, &[]);
    server.list(PODS, &[]);
    let child = Running::new(&server, &["deploy/web", "--watch"]);
    child.until_said("waiting for it", 1);
    server.until_watched(1);
    let begun = server.take_asked();
    cluster(&server, &running("2026-11-21T07:03:30Z"));
    child.until_answered("healthy");
    cluster(&server, &crashing());
    child.until_answered("exited with code 3");
    let asked = server.take_asked();
    let (answer, said) = child.interrupted();
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
    let child = Running::new(&server, &["logs", "-f", "deploy/web"]);
    child.until_answered("no database");
    server.instead(Some(500));
    child.until_said("trying again", 1);
    // What was read before comes again, and is not shown again.
    server.put(&log, json!(line(2, "no database") + &line(4, "connecting again")));
    server.instead(None);
    child.until_answered("connecting again");
    server.remove(&log);
    let (code, answer, said) = child.ended();
    assert_eq!((code, answer.as_str()), (Some(0), "connecting\nno database\nconnecting again\n"));
    assert!(said.contains("pod web-2-a is gone, and its log with it"), "{said}");
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    let asked = server.take_asked();
    let since = |asked: &&String| asked.contains("sinceTime=2026-11-21T07%3A03%3A0");
    assert!(asked.iter().any(|a| since(&a)), "{asked:#?}");
}
