//! The plugin against an API server: requests, refusals, and what is said of them.

use super::server::{Server, plugin, write_kubeconfig};
use super::shop::{
    DEPLOYMENTS, MADE, PODS, REPORTS, cluster, crashing, failure, parts, pod, report, template,
    text,
};
use serde_json::json;

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
