//! The sockets of watches, as the kernel sees them.
#![cfg(target_os = "linux")]

use axum::Router;
use axum::body::{Body, Bytes};
use futures::{StreamExt as _, stream};
use kubeblame::run::watch_client;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// A server that begins every answer and never says more, as a quiet watch does.
async fn quiet_server() -> SocketAddr {
    let answer = || async {
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"\n"))]);
        Body::from_stream(begun.chain(stream::pending()))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    address
}

/// The kernel's timer of the client's connection to a port: which one runs, and for how long.
fn timer_of_connection_to(port: u16) -> (u8, Duration) {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the table of connections");
    let peer = format!(":{port:04X}");
    // local address, peer, state (01 is established), queues, `timer:hundredths of a second`
    let line = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.len() > 5 && words[2].ends_with(&peer) && words[3] == "01")
        .expect("the client's connection");
    let (timer, left) = line[5].split_once(':').expect("a timer and its time");
    let left = u64::from_str_radix(left, 16).expect("hexadecimal");
    (timer.parse().expect("a number"), Duration::from_millis(left * 10))
}

#[tokio::test]
async fn the_kernel_probes_the_other_end_of_a_quiet_watch() {
    let address = quiet_server().await;
    let url = format!("http://{address}").parse().expect("a URL");
    let client = watch_client(kube::Config::new(url)).expect("a client");
    let request = axum::http::Request::get("/api/v1/pods?watch=true").body(vec![]);
    let mut lines = Box::pin(client.send(request.expect("a request").map(Into::into)))
        .await
        .expect("an answer")
        .into_body();
    let first = std::future::poll_fn(|cx| {
        use axum::body::HttpBody as _;
        std::pin::Pin::new(&mut lines).poll_frame(cx)
    })
    .await;
    assert!(first.is_some_and(|frame| frame.is_ok()), "the stream stands");
    let (timer, left) = timer_of_connection_to(address.port());
    assert_eq!(
        timer, 2,
        "2 is the timer of keepalive: nothing else finds a dead peer that owes nothing"
    );
    assert!(left <= Duration::from_secs(10), "it is probed within {left:?}");
}
