//! An API server made of a closure: lists, watches, server-side apply of reports,
//! and every way of saying no that the tests need.

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode};
use futures::StreamExt as _;
use futures::stream;
use kube::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::mpsc;

/// Path of the reports' collection.
pub(crate) const REPORTS: &str = "/apis/kubeblame.dev/v1alpha1/blamereports";

/// One request, as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) accept: String,
    pub(crate) body: Value,
}

impl Asked {
    /// It in one line, by which refusals find it.
    fn line(&self) -> String {
        format!("{} {}?{}", self.method, self.path, self.query)
    }

    /// Whether it changes something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

#[derive(Default)]
struct State {
    /// Objects by collection, and by `namespace/name`.
    objects: BTreeMap<String, BTreeMap<String, Value>>,
    version: u64,
    watches: Vec<(String, mpsc::UnboundedSender<Bytes>)>,
    /// Every event, for whoever resumes.
    log: Vec<(String, u64, Bytes)>,
    asked: Vec<Asked>,
    /// What is refused: part of `METHOD path?query`, code, message.
    refusals: Vec<(String, u16, Value)>,
    no_streams: bool,
    ends_watches: bool,
    is_silent: bool,
    /// Part of `METHOD path?query` of a request that is never answered.
    swallowed: Option<String>,
    /// What is answered at a path that is no collection: discovery.
    pages: BTreeMap<String, Value>,
    /// Fields of a report's status that the installed CRD does not know.
    pruned: Vec<&'static str>,
}

/// The server.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Mutex<State>>);

impl Server {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    pub(crate) fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        Client::new(service, "default")
    }

    /// Creates or replaces an object, as a controller of the cluster would.
    pub(crate) fn put(&self, collection: &str, object: Value) {
        self.state().put(collection, object);
    }

    /// Changes an object that is there.
    pub(crate) fn edit(&self, collection: &str, key: &str, edit: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        let mut object = state.objects[collection][key].clone();
        edit(&mut object);
        state.put(collection, object);
    }

    pub(crate) fn delete(&self, collection: &str, key: &str) {
        self.state().delete(collection, key);
    }

    /// Deletes an object while nobody watches, and loses everybody's position.
    pub(crate) fn lose(&self, collection: &str, key: &str) {
        let mut state = self.state();
        state.objects.get_mut(collection).expect(collection).remove(key).expect(key);
        state.end_watches(collection, Some(410));
    }

    /// Sends a line that is no event.
    pub(crate) fn garble(&self, collection: &str) {
        let state = self.state();
        for (_, send) in state.watches.iter().filter(|(of, _)| of == collection) {
            _ = send.send("{\"type\":\"MODIFIED\",\"object\":oops}\n".into());
        }
    }

    /// Ends every watch of a collection, without an error.
    pub(crate) fn hang_up(&self, collection: &str) {
        self.state().end_watches(collection, None);
    }

    /// Answers requests that contain `what` with an error from now on.
    pub(crate) fn refuse(&self, what: &str, code: u16, message: &str) {
        let reason = StatusCode::from_u16(code).expect("a code").canonical_reason().unwrap_or("");
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure",
            "message": message, "reason": reason.replace(' ', ""), "code": code,
        });
        self.state().refusals.push((what.to_owned(), code, body));
    }

    /// Tells by discovery that a group has a kind, as a CRD makes the API server do.
    pub(crate) fn define(&self, group_version: &str, kind: &str, plural: &str) {
        let resource = json!({
            "name": plural, "singularName": "", "kind": kind, "namespaced": true,
            "verbs": ["get", "list", "watch"],
        });
        let page = json!({
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": group_version, "resources": [resource],
        });
        self.state().pages.insert(format!("/apis/{group_version}"), page);
    }

    pub(crate) fn allow_all(&self) {
        self.state().refusals.clear();
    }

    pub(crate) fn without_streamed_lists(self) -> Self {
        self.state().no_streams = true;
        self
    }

    pub(crate) fn ending_each_watch(self) -> Self {
        self.state().ends_watches = true;
        self
    }

    /// From now on nothing is answered, and no stream goes on; nothing is closed either.
    pub(crate) fn fall_silent(&self) {
        let mut state = self.state();
        state.is_silent = true;
        // Kept open elsewhere: a dead connection does not end.
        let watches = std::mem::take(&mut state.watches);
        drop(state);
        std::mem::forget(watches);
    }

    pub(crate) fn speak_again(&self) {
        self.state().is_silent = false;
    }

    /// Never answers the next request that contains `what`.
    pub(crate) fn swallow_one(&self, what: &str) {
        self.state().swallowed = Some(what.to_owned());
    }

    pub(crate) fn pruning(self, fields: &[&'static str]) -> Self {
        self.state().pruned = fields.to_vec();
        self
    }

    pub(crate) fn object(&self, collection: &str, key: &str) -> Option<Value> {
        self.state().objects.get(collection)?.get(key).cloned()
    }

    pub(crate) fn report(&self, name: &str) -> Option<Value> {
        self.object(REPORTS, &format!("shop/{name}"))
    }

    /// What was asked since the last call.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }

    /// The writes since the last call, as `METHOD path`.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        let asked = self.take_asked();
        let writes = asked.iter().filter(|a| a.is_write());
        writes.map(|a| format!("{} {}", a.method, a.path)).collect()
    }

    async fn answer(&self, request: Request<kube::client::Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await.expect("a request's body is whole");
        let header = |name: &str| {
            let value = parts.headers.get(name).and_then(|v| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let asked = Asked {
            content_type: header("content-type"),
            accept: header("accept"),
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        };
        let is_lost = {
            let mut state = self.state();
            state.asked.push(asked.clone());
            let line = asked.line();
            state.is_silent || state.swallowed.take_if(|what| line.contains(&**what)).is_some()
        };
        if is_lost {
            std::future::pending::<()>().await;
        }
        self.state().answer(&asked)
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Response<Body> {
        let line = asked.line();
        if let Some((_, code, body)) = self.refusals.iter().find(|(what, ..)| line.contains(what)) {
            return respond(*code, body);
        }
        if let Some(page) = self.pages.get(&asked.path) {
            return respond(200, page);
        }
        let (collection, key, sub) = split(&asked.path);
        match asked.method {
            _ if collection.ends_with("/leases") => self.lease(&collection, &key, asked),
            Method::POST if collection.ends_with("/tokenreviews") => {
                let user = asked.body["spec"]["token"].as_str().and_then(|t| t.strip_prefix("of-"));
                let status = user.map_or(json!({}), |user| {
                    json!({ "authenticated": true, "user": { "username": user, "groups": [] } })
                });
                respond(
                    201,
                    &json!({ "metadata": {}, "spec": asked.body["spec"], "status": status }),
                )
            }
            Method::POST if collection.ends_with("/subjectaccessreviews") => {
                let spec = &asked.body["spec"];
                let attributes = &spec["nonResourceAttributes"];
                let is_allowed = spec["user"] == "prometheus"
                    && (&attributes["path"], &attributes["verb"])
                        == (&json!("/metrics"), &json!("get"));
                let status = json!({ "allowed": is_allowed });
                respond(201, &json!({ "metadata": {}, "spec": spec, "status": status }))
            }
            Method::GET if asked.query.contains("watch=true") => self.watch(&collection, asked),
            Method::GET => self.list(&collection),
            Method::PATCH => self.apply(&collection, &key, sub.as_deref(), &asked.body),
            Method::DELETE => {
                let wanted = &asked.body["preconditions"]["uid"];
                match self.objects.get(&collection).and_then(|all| all.get(&key)) {
                    None => respond(404, &status(404, "not found", &key)),
                    Some(object) if wanted.is_string() && object["metadata"]["uid"] != *wanted => {
                        respond(409, &status(409, "another object", &key))
                    }
                    Some(_) => {
                        self.delete(&collection, &key);
                        respond(200, &status(200, "", &key))
                    }
                }
            }
            _ => {
                self.put(&collection, asked.body.clone());
                respond(201, &asked.body)
            }
        }
    }

    /// A Lease: read, made, or replaced by whoever knows its version.
    fn lease(&mut self, collection: &str, key: &str, asked: &Asked) -> Response<Body> {
        // Of what is made, the path says the namespace alone.
        let name = asked.body["metadata"]["name"].as_str().unwrap_or_default();
        let key = if key.ends_with('/') { format!("{key}{name}") } else { key.to_owned() };
        let known = self.objects.get(collection).and_then(|all| all.get(&key)).cloned();
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        match (&asked.method, known) {
            (&Method::GET, Some(lease)) => respond(200, &lease),
            (&Method::POST, None) => {
                let mut body = asked.body.clone();
                body["metadata"]["namespace"] = key.split('/').next().into();
                respond(201, &self.put(collection, body))
            }
            (&Method::PUT, Some(lease)) if version(&lease) == version(&asked.body) => {
                respond(200, &self.put(collection, asked.body.clone()))
            }
            (&Method::POST | &Method::PUT, Some(_)) => respond(409, &status(409, "conflict", &key)),
            _ => respond(404, &status(404, "not found", &key)),
        }
    }

    fn list(&self, collection: &str) -> Response<Body> {
        let items: Vec<&Value> =
            self.objects.get(collection).into_iter().flat_map(|all| all.values()).collect();
        let metadata = json!({ "resourceVersion": self.version.to_string() });
        respond(
            200,
            &json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items }),
        )
    }

    fn watch(&mut self, collection: &str, asked: &Asked) -> Response<Body> {
        let (send, receive) = mpsc::unbounded_channel();
        if asked.query.contains("sendInitialEvents=true") {
            if self.no_streams {
                let message = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
                return respond(422, &status(422, message, ""));
            }
            for object in self.objects.get(collection).into_iter().flat_map(|all| all.values()) {
                _ = send.send(event("ADDED", object));
            }
            let bookmark = json!({
                "apiVersion": "v1", "kind": "Any",
                "metadata": {
                    "resourceVersion": self.version.to_string(),
                    "annotations": { "k8s.io/initial-events-end": "true" },
                },
            });
            _ = send.send(event("BOOKMARK", &bookmark));
        }
        let position = asked.query.split('&').find_map(|p| p.strip_prefix("resourceVersion="));
        if let Some(position) = position.and_then(|p| p.parse::<u64>().ok()).filter(|p| *p > 0) {
            let missed = self.log.iter().filter(|(of, at, _)| of == collection && *at > position);
            for (_, _, line) in missed {
                _ = send.send(line.clone());
            }
        }
        if !self.ends_watches {
            self.watches.push((collection.to_owned(), send));
        }
        let lines = stream::unfold(receive, |mut receive| async move {
            receive.recv().await.map(|line| (Ok::<_, Infallible>(line), receive))
        });
        Response::new(Body::from_stream(lines.boxed()))
    }

    fn apply(
        &mut self,
        collection: &str,
        key: &str,
        sub: Option<&str>,
        body: &Value,
    ) -> Response<Body> {
        let known = self.objects.get(collection).and_then(|all| all.get(key)).cloned();
        let mut object = match (known, sub) {
            (None, Some(_)) => return respond(404, &status(404, "not found", key)),
            (None, None) => {
                let mut made = body.clone();
                made["metadata"]["uid"] = json!(format!("report-{}", self.version));
                made["metadata"]["generation"] = json!(1);
                made
            }
            (Some(known), _) => known,
        };
        let uid = &body["metadata"]["uid"];
        if uid.is_string() && object["metadata"]["uid"] != *uid {
            return respond(409, &status(409, "uid mismatch", key));
        }
        if sub.is_some() {
            object["status"] = body["status"].clone();
            for field in &self.pruned {
                object["status"].as_object_mut().expect("a status").remove(*field);
            }
        } else {
            object["metadata"]["ownerReferences"] = body["metadata"]["ownerReferences"].clone();
        }
        respond(200, &self.put(collection, object))
    }

    fn put(&mut self, collection: &str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let key = key_of(&object);
        let all = self.objects.entry(collection.to_owned()).or_default();
        let type_ = if all.insert(key, object.clone()).is_some() { "MODIFIED" } else { "ADDED" };
        self.tell(collection, type_, &object);
        object
    }

    fn delete(&mut self, collection: &str, key: &str) {
        let all = self.objects.get_mut(collection).expect(collection);
        let mut object = all.remove(key).expect(key);
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.tell(collection, "DELETED", &object);
    }

    fn tell(&mut self, collection: &str, type_: &str, object: &Value) {
        let line = event(type_, object);
        if type_ != "ERROR" {
            self.log.push((collection.to_owned(), self.version, line.clone()));
        }
        self.watches.retain(|(of, send)| of != collection || send.send(line.clone()).is_ok());
    }

    fn end_watches(&mut self, collection: &str, code: Option<u16>) {
        if let Some(code) = code {
            self.tell(collection, "ERROR", &status(code, "too old resource version", ""));
        }
        self.watches.retain(|(of, _)| of != collection);
    }
}

fn event(type_: &str, object: &Value) -> Bytes {
    // The type comes first, as it does from every API server.
    format!("{{\"type\":\"{type_}\",\"object\":{object}}}\n").into()
}

fn status(code: u16, message: &str, name: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "message": message, "code": code, "metadata": {},
        "status": if code < 400 { "Success" } else { "Failure" }, "reason": "",
        "details": { "name": name.rsplit('/').next(), "kind": "things" },
    })
}

fn respond(code: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(code).expect("a code");
    response
}

fn key_of(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text("namespace"), text("name"))
}

/// `/api/v1/namespaces/shop/pods/a/status` → collection `/api/v1/pods`, key `shop/a`, `status`.
fn split(path: &str) -> (String, String, Option<String>) {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let head = if parts[0] == "api" { 2 } else { 3 };
    let (namespace, rest) = match &parts[head..] {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let collection = format!("/{}/{}", parts[..head].join("/"), rest[0]);
    let name = rest.get(1).copied().unwrap_or_default();
    (collection, format!("{namespace}/{name}"), rest.get(2).map(|s| (*s).to_owned()))
}
