//! A tap below kube's watcher: it shows whether a watch stands, and keeps it honest.
//!
//! The watcher hides reconnects, waits for ever for an answer that never comes, and
//! reconnects without a pause when a server ends each watch at once. All three are
//! met here, around the client that one watch uses.

use crate::bucket::Bucket;
use axum::body::{Body as OutBody, Bytes};
use axum::http::{Request, Response};
use futures::StreamExt as _;
use futures::stream;
use kube::Client;
use kube::client::Body;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tower::BoxError;

/// How long an answer may take to begin; a list of one page or a watch begins much sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a stream may be silent. API servers send a bookmark every 60 to 75 s, so
/// a longer silence is a server that hangs, or a proxy that lost it; resuming a stream that
/// was only quiet costs little. A connection that is dead is found sooner, by the kernel.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(90);
/// How many requests one watch may make per second, after a burst.
const REQUESTS_PER_SECOND: u32 = 2;
/// Enough for the pages of a large first list at full speed.
const REQUESTS_BURST: u32 = 60;

/// Since when a watch does not stand; `None` while it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    /// Since when nothing was answered.
    pub(crate) fn down_since(&self) -> Option<Instant> {
        *self.lock()
    }

    fn asked(&self) {
        self.lock().get_or_insert_with(Instant::now);
    }

    fn answered(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        // A panic elsewhere leaves a time that is still a time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client like `client` whose requests beat in `pulse`.
pub(crate) fn tapped(client: &Client, pulse: &Pulse) -> Client {
    let namespace = client.default_namespace().to_owned();
    let (client, pulse) = (client.clone(), pulse.clone());
    let bucket = Arc::new(tokio::sync::Mutex::new(Bucket::new(
        REQUESTS_PER_SECOND,
        REQUESTS_BURST,
        Instant::now(),
    )));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, pulse, bucket) = (client.clone(), pulse.clone(), Arc::clone(&bucket));
        async move {
            pulse.asked();
            slow_down(&bucket).await;
            let response = match timeout(ANSWER_TIMEOUT, client.send(request)).await {
                Ok(sent) => sent.map_err(BoxError::from)?,
                Err(_) => return Err(BoxError::from("the API server does not answer")),
            };
            if response.status().is_success() {
                pulse.answered();
            }
            Ok::<_, BoxError>(heard(response))
        }
    });
    Client::new(service, namespace)
}

async fn slow_down(bucket: &tokio::sync::Mutex<Bucket>) {
    let mut bucket = bucket.lock().await;
    while let Err(wait) = bucket.take(1, 0, Instant::now()) {
        sleep(wait).await;
    }
}

/// The same response, whose body ends when it is silent for too long.
fn heard(response: Response<Body>) -> Response<OutBody> {
    response.map(|body| {
        let frames = OutBody::new(body).into_data_stream();
        OutBody::from_stream(stream::unfold(Some(frames), |frames| async {
            let mut frames = frames?;
            match timeout(SILENCE_TIMEOUT, frames.next()).await {
                Ok(Some(Ok(bytes))) => Some((Ok::<Bytes, io::Error>(bytes), Some(frames))),
                Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
                Ok(None) => None,
                // The watcher takes this as the end of the stream, and resumes.
                Err(_) => Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None)),
            }
        }))
    })
}
