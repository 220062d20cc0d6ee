//! The server goes away under who waits or watches, or comes only later: that is said once, and
//! the truth is told in the end.

use super::running::Running;
use super::server::{Server, plugin, write_kubeconfig};
use super::shop::{REPORTS, cluster, crashing, named, running};
use std::time::{Duration, Instant};

#[test]
fn a_server_that_starts_again_is_not_believed_when_it_refuses() {
    for code in [403, 404] {
        let server = Server::new(&format!("returns-{code}"));
        cluster(&server, &running("2026-11-21T07:03:43Z"));
        let child =
            Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
        server.until_watched(3);
        server.instead(Some(500));
        child.until_said("trying again", 1);
        server.take_asked();
        server.instead(Some(code));
        // Every one of them is refused, and tried again.
        server.until_asked(|asked| asked.len() > 5);
        server.instead(None);
        cluster(&server, &crashing());
        let (exit, answer, said) = child.ended();
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
        let child = Running::new(&server, &[arguments, &["--timeout", "2m"]].concat());
        child.until_said("trying again", 1);
        server.come_back();
        let (code, answer, said) = child.ended();
        assert_eq!(code, Some(2), "{arguments:?}: {answer}{said}");
        assert!(answer.contains("container main exits with code 3"), "{arguments:?}: {answer}");
        said_once(&server, &said);
    }
}

#[test]
fn a_wait_outlives_its_server() {
    let mut server = Server::new("wait-mid");
    cluster(&server, &running("2026-11-21T07:03:43Z"));
    let child = Running::new(&server, &["wait", "deploy/web", "--timeout", "2m", "--settle", "1h"]);
    server.until_watched(3);
    server.leave();
    child.until_said("trying again", 1);
    cluster(&server, &crashing());
    server.come_back();
    let (code, answer, said) = child.ended();
    assert_eq!(code, Some(2), "{answer}{said}");
    said_once(&server, &said);
}

#[test]
fn a_server_that_never_comes_is_an_error_of_the_wait() {
    let mut server = Server::new("wait-never");
    server.leave();
    let (code, answer, said) =
        Running::new(&server, &["wait", "deploy/web", "--timeout", "3s"]).ended();
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
    let wait = ["wait", "deploy/web", "--timeout", "1s"];
    let (code, answer, said) = Running::of(&mut plugin(&kubeconfig, &wait)).ended();
    assert_eq!(code, Some(1), "{answer}{said}");
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    assert_eq!(said.matches("has not answered for 10s").count(), 1, "{said}");
    assert!(said.contains(&format!("error: the API server at {url} does not answer")), "{said}");
}

#[test]
fn a_watch_may_begin_before_its_server_and_outlives_it() {
    let mut server = Server::new("watch-before");
    server.list(REPORTS, &[named("web is broken", "Failing")]);
    server.leave();
    let child = Running::new(&server, &["deploy/web", "--watch"]);
    child.until_said("trying again", 1);
    server.come_back();
    child.until_answered("failing");
    server.leave();
    child.until_said("cannot be reached", 2);
    server.list(REPORTS, &[named("web is well", "Healthy")]);
    server.come_back();
    child.until_answered("healthy");
    child.until_said("answers again", 2);
    let (answer, said) = child.interrupted();
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
    let child = Running::new(&server, &["deploy/web", "--watch", "--local"]);
    child.until_said("trying again", 1);
    server.come_back();
    child.until_answered("exited with code 3");
    let (answer, said) = child.interrupted();
    assert!(answer.contains("exited with code 3"), "{answer}{said}");
    said_once(&server, &said);
}
