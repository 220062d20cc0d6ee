//! Requests to a server that takes them and may never answer.

use super::super::super::failure::Failure;
use super::super::note;
use super::Cluster;
use jiff::Timestamp;
use kube::client::Body;
use std::pin::pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// How long a request may go unanswered before people hear of it, and before a server that is
/// followed counts as away.
pub(in crate::plugin) const SILENT_AFTER: Duration = Duration::from_secs(10);
/// How long it may then still take: the list of a very large namespace on a busy server.
const ANSWER_WITHIN: Duration = Duration::from_secs(50);

impl Cluster {
    /// Sends a request; that the answer takes long is said once.
    pub(super) async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, Failure> {
        self.awaited(self.client.send(request)).await?.map_err(|error| self.unreached(&error))
    }

    /// The whole body of a response.
    pub(super) async fn text(&self, response: http::Response<Body>) -> Result<String, Failure> {
        let body = self.awaited(response.into_body().collect_bytes()).await?;
        let body = body.map_err(|error| self.unreached(&error))?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    async fn awaited<T>(&self, answer: impl Future<Output = T>) -> Result<T, Failure> {
        let mut answer = pin!(answer);
        if let Ok(answer) = timeout(SILENT_AFTER, &mut answer).await {
            return Ok(answer);
        }
        if !self.is_said_slow.swap(true, Ordering::Relaxed) {
            let seconds = SILENT_AFTER.as_secs();
            note(&format!(
                "the API server at {} has not answered for {seconds}s: still waiting",
                self.url
            ));
        }
        timeout(ANSWER_WITHIN, answer).await.map_err(|_| self.silent())
    }

    /// That a request has been out for long.
    pub(in crate::plugin) fn silent(&self) -> Failure {
        self.is_away(format!("the API server at {} does not answer", self.url))
    }

    /// Whether nothing at all was heard of the server for so long that it counts as away.
    pub(in crate::plugin) fn is_silent(&self) -> bool {
        let heard = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_none_or(|(_, then)| {
            Timestamp::now().duration_since(then).unsigned_abs() > SILENT_AFTER
        })
    }
}
