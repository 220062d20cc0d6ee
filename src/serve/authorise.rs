//! Who may read metrics and debug pages: whom the cluster says, by `TokenReview` and
//! `SubjectAccessReview`, as controller-runtime's authentication filter asks it.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use k8s_openapi::api::authorization::v1::{
    NonResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::api::PostParams;
use kube::{Api, Client};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// How long a decision holds: several scrapes, and a right that is taken away soon counts.
const HOLDS: Duration = Duration::from_mins(1);
/// How many decisions are kept.
const MAX_DECISIONS: usize = 256;
/// How many reviews are asked for at the same time.
const MAX_REVIEWS: usize = 4;
/// How long a review may take.
const REVIEW_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    Allowed,
    /// Nobody the cluster knows.
    Unknown,
    /// Somebody who may not.
    Forbidden,
}

/// A token and what it asks for, hashed: no token is kept.
type Key = [u8; 32];

/// Asks the cluster, and remembers for a minute what it said.
#[derive(Clone)]
pub struct Reviewer {
    client: Client,
    decisions: Arc<Mutex<HashMap<Key, (Instant, Decision)>>>,
    turns: Arc<Semaphore>,
}

impl Reviewer {
    /// A reviewer that asks through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, decisions: Arc::default(), turns: Arc::new(Semaphore::new(MAX_REVIEWS)) }
    }

    async fn decide(&self, token: &str, path: &str) -> Result<Decision, String> {
        let key: Key = Sha256::digest(format!("{token}\0{path}")).into();
        let known = |all: &HashMap<Key, (Instant, Decision)>| {
            all.get(&key).filter(|(at, _)| at.elapsed() < HOLDS).map(|(_, d)| d.clone())
        };
        if let Some(decision) = known(&self.decisions()) {
            return Ok(decision);
        }
        let review = async {
            let _turn = self.turns.acquire().await.map_err(|error| error.to_string())?;
            self.review(token, path).await.map_err(|error| error.to_string())
        };
        let decision = timeout(REVIEW_TIMEOUT, review)
            .await
            .map_err(|_| "the API server does not answer".to_owned())??;
        let mut decisions = self.decisions();
        if decisions.len() >= MAX_DECISIONS {
            decisions.retain(|_, (at, _)| at.elapsed() < HOLDS);
        }
        if decisions.len() < MAX_DECISIONS {
            decisions.insert(key, (Instant::now(), decision.clone()));
        }
        Ok(decision)
    }

    async fn review(&self, token: &str, path: &str) -> Result<Decision, kube::Error> {
        let params = PostParams::default();
        let tokens: Api<TokenReview> = Api::all(self.client.clone());
        let spec = TokenReviewSpec { token: token.to_owned(), audiences: None };
        let asked = TokenReview { spec, ..TokenReview::default() };
        let status = tokens.create(&params, &asked).await?.status.unwrap_or_default();
        let Some(user) = status.user.filter(|_| status.authenticated == Some(true)) else {
            return Ok(Decision::Unknown);
        };
        let access: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let spec = SubjectAccessReviewSpec {
            user: user.username,
            uid: user.uid,
            groups: user.groups,
            extra: user.extra,
            non_resource_attributes: Some(NonResourceAttributes {
                path: Some(path.to_owned()),
                verb: Some("get".to_owned()),
            }),
            resource_attributes: None,
        };
        let asked = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
        let status = access.create(&params, &asked).await?.status;
        let is_allowed = status.is_some_and(|status| status.allowed);
        Ok(if is_allowed { Decision::Allowed } else { Decision::Forbidden })
    }

    fn decisions(&self) -> MutexGuard<'_, HashMap<Key, (Instant, Decision)>> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a request pass whose bearer token the cluster knows and allows.
pub(super) async fn authorise(
    State(reviewer): State<Reviewer>,
    request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = header.and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return (StatusCode::UNAUTHORIZED, "a bearer token is needed\n").into_response();
    };
    match reviewer.decide(&token, request.uri().path()).await {
        Ok(Decision::Allowed) => next.run(request).await,
        Ok(Decision::Unknown) => {
            (StatusCode::UNAUTHORIZED, "the cluster does not know this token\n").into_response()
        }
        Ok(Decision::Forbidden) => {
            (StatusCode::FORBIDDEN, "not allowed to get this path\n").into_response()
        }
        Err(error) => {
            tracing::warn!(error, "could not review a token");
            (StatusCode::INTERNAL_SERVER_ERROR, "could not review the token\n").into_response()
        }
    }
}
