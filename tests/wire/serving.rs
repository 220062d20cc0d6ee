//! The endpoints: health for the kubelet, metrics for whom the cluster allows them.

use crate::cluster::{self, NOW};
use crate::server::Server;
use crate::{Running, Start, pass};
use axum::body::Body;
use axum::http::Request;
use kubeblame::clock::Clock;
use kubeblame::lead::Lead;
use kubeblame::metrics::Detail;
use kubeblame::serve::{self, Certificate, Reviewer, Sources};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower::ServiceExt as _;

const ANYWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn sources(controller: &Running) -> Sources {
    Sources {
        metrics: controller.metrics.clone(),
        detail: Detail::default(),
        ready: controller.ready.clone(),
        lead: controller.lead.clone(),
        queries: controller.queries.clone(),
        clock: Clock::system(),
    }
}

/// Asks for a path; returns the code and the body.
async fn get(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    token: &str,
) -> (u16, String) {
    let bearer =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n");
    stream.write_all(request.as_bytes()).await.expect("it takes the request");
    let mut answer = Vec::new();
    // A peer that closes without a goodbye has said everything.
    _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("text");
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    assert!(code.is_some(), "no answer: {answer}");
    (code.unwrap_or_default(), answer)
}

async fn plainly(router: axum::Router) -> SocketAddr {
    let listener = serve::bind("--flag", ANYWHERE).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve::plain(listener, router, std::future::pending()));
    address
}

/// A certificate for localhost in files, and a client that trusts it alone.
fn files(name: &str) -> (PathBuf, PathBuf, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("one");
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = |end: &str| directory.join(format!("{name}-{}.{end}", std::process::id()));
    let (chain, key) = (path("crt"), path("key"));
    std::fs::write(&chain, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    (chain, key, TlsConnector::from(Arc::new(config)))
}

#[tokio::test]
async fn health_waits_for_the_first_lists() {
    let server = Server::new();
    cluster::healthy(&server);
    server.refuse("/pods", 500, "not now");
    let lead = Lead::elected();
    let start = Start { now: NOW, namespaces: &[], secrets: false, lead };
    let controller = Running::start_with(&server, start);
    let address = plainly(serve::health(sources(&controller))).await;
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (code, said) = get(stream, "/readyz", "").await;
    assert!(code == 503 && said.contains("the first lists are not complete"), "{said}");
}

#[tokio::test]
async fn health_says_why_it_is_not_ready() {
    let server = Server::new();
    cluster::healthy(&server);
    let lead = Lead::elected();
    let start = Start { now: NOW, namespaces: &[], secrets: false, lead };
    let controller = Running::start_with(&server, start);
    let address = plainly(serve::health(sources(&controller))).await;
    let ask =
        async |path| get(TcpStream::connect(address).await.expect("it listens"), path, "").await;
    assert_eq!(ask("/livez").await.0, 200);
    while !controller.ready.is_set() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (code, said) = ask("/readyz").await;
    assert!(code == 503 && said.contains("the Lease was not read yet"), "{said}");
    controller.lead.resign();
    assert_eq!(ask("/readyz").await.0, 503);
    assert_eq!(ask("/metrics").await.0, 404, "metrics are elsewhere");
}

#[tokio::test]
async fn metrics_are_for_whom_the_cluster_allows_them() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start(&server, NOW);
    let (chain, key, connector) = files("allowed");
    let certificate = Certificate::from_files(&chain, &key).expect("it is good");
    let router = serve::inside(sources(&controller), Some(Reviewer::new(server.client())));
    let listener = serve::bind("--flag", ANYWHERE).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (end, ended) = oneshot::channel::<()>();
    let ended = async { _ = ended.await };
    let serving = tokio::spawn(serve::encrypted(listener, certificate, router, ended));
    let ask = async |path, token| {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        get(connector.connect(name, stream).await.expect("a handshake"), path, token).await
    };
    let reviews = || {
        let asked = server.take_asked();
        asked.iter().filter(|a| a.path.ends_with("reviews")).count()
    };
    assert_eq!(ask("/metrics", "").await.0, 401, "without a token");
    assert_eq!(reviews(), 0, "nobody is asked about nothing");
    assert_eq!(ask("/metrics", "made-up").await.0, 401);
    assert_eq!(ask("/metrics", "of-somebody").await.0, 403);
    reviews();
    for _ in 0..5 {
        let (code, said) = ask("/metrics", "of-prometheus").await;
        assert!(code == 200 && said.contains("kubeblame_build_info{version="), "{said}");
    }
    assert_eq!(reviews(), 2, "one of the token and one of the right, for five scrapes");
    assert_eq!(ask("/debug", "of-prometheus").await.0, 403, "another path is another right");
    // A stranger who does not shake hands holds up nobody, and plain HTTP is not answered.
    let _silent = TcpStream::connect(address).await.expect("it listens");
    assert_eq!(ask("/metrics", "of-prometheus").await.0, 200);
    server.refuse("tokenreviews", 500, "etcd is down");
    assert_eq!(
        ask("/metrics", "of-another").await.0,
        500,
        "who cannot be asked about is not let in"
    );
    end.send(()).expect("it serves");
    serving.await.expect("it ends");
}

#[tokio::test(start_paused = true)]
async fn who_may_is_asked_again_after_a_minute() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start(&server, NOW);
    pass(5).await;
    let router = serve::inside(sources(&controller), Some(Reviewer::new(server.client())));
    let ask = async || {
        let request = Request::get("/metrics").header("authorization", "Bearer of-prometheus");
        let request = request.body(Body::empty()).expect("a request");
        router.clone().oneshot(request).await.expect("an answer").status().as_u16()
    };
    assert_eq!(ask().await, 200);
    server.refuse("tokenreviews", 500, "etcd is down");
    pass(50).await;
    assert_eq!(ask().await, 200, "it was allowed less than a minute ago");
    pass(15).await;
    assert_eq!(ask().await, 500, "a right that is taken away counts soon");
}

#[tokio::test]
async fn a_page_about_a_root_shows_its_objects_and_no_content() {
    let server = Server::new();
    cluster::healthy(&server);
    let controller = Running::start(&server, NOW);
    while server.report("web").is_none_or(|report| report["status"].is_null()) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let address = plainly(serve::inside(sources(&controller), None)).await;
    let ask =
        async |path| get(TcpStream::connect(address).await.expect("it listens"), path, "").await;
    let (code, page) = ask("/debug/roots/shop/Deployment/web").await;
    assert!(
        code == 200 && page.contains("\"web-1-a\"") && page.contains("\"ReplicaSet\""),
        "{page}"
    );
    assert!(!page.contains("shop/web:v1"), "no field of a spec: {page}");
    assert_eq!(ask("/debug/roots/shop/Deployment/none").await.0, 404);
    let (code, page) = ask("/debug").await;
    assert!(code == 200 && page.contains("\"queues\"") && page.contains("Leading"), "{page}");
    pass(0).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_port_or_a_certificate_is_said_in_one_sentence() {
    let taken = serve::bind("--flag", ANYWHERE).await.expect("a port");
    let address = taken.local_addr().expect("an address");
    let error = serve::bind("--metrics-bind-address", address).await.expect_err("it is taken");
    let said = error.to_string();
    assert!(
        said.contains("--metrics-bind-address") && said.contains(&address.to_string()),
        "{said}"
    );

    let (chain, key, _) = files("good");
    let (other, other_key, _) = files("other");
    let empty = chain.with_extension("empty");
    std::fs::write(&empty, "this is no PEM").expect("a file");
    let missing = chain.with_extension("missing");
    for (chain, key, names) in [
        (&missing, &key, &missing),
        (&chain, &missing, &missing),
        (&empty, &key, &empty),
        (&chain, &empty, &empty),
        (&chain, &other_key, &other_key),
        (&other, &key, &other),
    ] {
        let refused = Certificate::from_files(chain, key).err().map(|error| error.to_string());
        let said = refused.expect("it is no good");
        assert!(said.starts_with("could not use the certificate") && said.lines().count() == 1);
        assert!(said.contains(&names.display().to_string()), "{said}");
    }
    Certificate::from_files(&chain, &key).expect("they belong together");
    Certificate::self_signed().expect("one can always be made");
}
