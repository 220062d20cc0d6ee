//! What is heard of a server that is away, that is silent, that says no, and that is back.

use super::*;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{advance, pause, resume, sleep, timeout};

/// Long enough for a few tries of a feed.
const SOON: Duration = Duration::from_secs(20);

/// A port of this machine, and nobody there.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

/// A server that answers everything with this.
async fn server<F>(address: SocketAddr, answer: F) -> JoinHandle<()>
where
    F: Fn(&Request) -> Response + Clone + Send + Sync + 'static,
{
    let listener = TcpListener::bind(address).await.expect("the port");
    let router = Router::new().fallback(move |request: Request| {
        let answer = answer(&request);
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") })
}

/// One pod, and a watch that tells nothing.
fn one_pod(request: &Request) -> Response {
    if request.uri().query().is_some_and(|query| query.contains("watch")) {
        return axum::body::Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>())
            .into_response();
    }
    let pod =
        json!({ "metadata": { "name": "web-a", "namespace": "shop", "resourceVersion": "7" } });
    let list = json!({ "kind": "PodList", "apiVersion": "v1", "items": [pod],
        "metadata": { "resourceVersion": "7" } });
    list.to_string().into_response()
}

fn forbidden(_: &Request) -> Response {
    let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403,
        "reason": "Forbidden", "message": "not you" });
    (StatusCode::FORBIDDEN, status.to_string()).into_response()
}

fn feed(address: SocketAddr) -> (Cluster, Feed) {
    let url = format!("http://{address}").parse().expect("an address");
    let cluster = Cluster::new(kube::Config::new(url)).expect("a cluster");
    let pods = Resource::built_in("Pod").expect("a kind");
    let wake = Arc::new(Notify::new());
    let feed = Feed::new(&cluster, &pods, Some("shop"), &Selection::default(), &wake);
    (cluster, feed)
}

/// The next that a feed tells, once its server lets it.
async fn told(feed: &mut Feed, cluster: &Cluster) -> Told {
    let told = async {
        loop {
            if let Ok(told) = feed.next(cluster).await {
                return told;
            }
        }
    };
    timeout(SOON, told).await.expect("something is told")
}

#[tokio::test]
async fn a_server_that_is_away_is_said_to_be_until_it_answers() {
    let address = nobody().await;
    let (cluster, mut feed) = feed(address);
    let next = timeout(SOON, feed.next(&cluster)).await.expect("an answer");
    assert!(matches!(next, Err(Failure::Unreached(why)) if why.contains("refused")));
    assert!(matches!(feed.stands(&cluster), Err(Failure::Unreached(_))));
    assert!(matches!(feed.read(&cluster), Ok(None)), "an outage is no news of an object");

    let served = server(address, one_pod).await;
    let told = told(&mut feed, &cluster).await;
    assert!(matches!(&told, Told::List(list) if list.contains("web-a")), "{told:?}");
    let stands = async {
        while feed.stands(&cluster).is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, stands).await.expect("it answers again");
    served.abort();
}

#[tokio::test]
async fn a_server_that_never_answers_is_silent_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (cluster, mut feed) = feed(listener.local_addr().expect("an address"));
    let (_connection, _) =
        timeout(SOON, listener.accept()).await.expect("it asks").expect("it asks");
    assert!(feed.stands(&cluster).is_ok(), "it may still answer");
    pause();
    advance(SILENT_AFTER + Duration::from_secs(1)).await;
    resume();
    let stands = feed.stands(&cluster);
    assert!(matches!(stands, Err(Failure::Unreached(why)) if why.contains("does not answer")));
}

#[tokio::test]
async fn a_refusal_is_told_unless_the_server_has_only_just_come_back() {
    let address = nobody().await;
    let served = server(address, forbidden).await;
    let (cluster, mut refused) = feed(address);
    let told = told(&mut refused, &cluster).await;
    assert!(
        matches!(&told, Told::Refused(Answer::Forbidden(why)) if why.contains("not you")),
        "{told:?}"
    );
    served.abort();

    let address = nobody().await;
    let (cluster, mut feed) = feed(address);
    assert!(timeout(SOON, feed.next(&cluster)).await.expect("an answer").is_err());
    let served = server(address, forbidden).await;
    sleep(Duration::from_secs(3)).await;
    let next = feed.read(&cluster);
    assert!(matches!(next, Ok(None)), "its roles may not be read yet: {next:?}");
    assert!(matches!(feed.stands(&cluster), Err(Failure::Unreached(_))));
    served.abort();
}
