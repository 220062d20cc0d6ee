//! An API server that says what a test tells it to, and remembers what it was asked.
//!
//! Its watches tell what `list` changes; a test may close them, or forget their past.

use super::running::until;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::runtime::Runtime;

#[derive(Default)]
struct State {
    /// Answers by path; a path that is not here is a 404.
    answers: BTreeMap<String, (u16, Value)>,
    /// Answers instead of all others.
    instead: Option<(u16, Value)>,
    asked: Vec<String>,
    /// Everything that was ever told: what, and about which path.
    told: Vec<(String, Value)>,
    /// What was told before this is forgotten: who wants to hear of it gets a 410.
    forgotten: usize,
    watches: Vec<Watch>,
    forbids_watches: bool,
    runs_since: Option<Instant>,
}

/// A watch that somebody holds.
struct Watch {
    path: String,
    /// The one object that it is about, or all.
    name: Option<String>,
    sender: UnboundedSender<Result<String, Infallible>>,
}

impl Watch {
    /// Sends an event, where it is about that.
    fn send(&self, path: &str, event: &Value) {
        let is_about = |n: &String| event["object"]["metadata"]["name"] == **n;
        // An error is about the watch itself.
        let is_chosen = event["type"] == "ERROR" || self.name.as_ref().is_none_or(is_about);
        if self.path == path && is_chosen {
            let (kind, object) = (&event["type"], &event["object"]);
            // In this order, as a real server: the type says how the rest is read.
            let line = format!("{{\"type\":{kind},\"object\":{object}}}\n");
            // Whoever has gone misses nothing.
            _ = self.sender.unbounded_send(Ok(line));
        }
    }
}

impl State {
    /// Remembers an event, and tells it those who watch.
    fn tell(&mut self, path: &str, kind: &str, object: &Value) {
        let mut object = object.clone();
        object["metadata"]["resourceVersion"] = json!((self.told.len() + 1).to_string());
        let event = json!({ "type": kind, "object": object });
        self.watches.iter().for_each(|watch| watch.send(path, &event));
        self.told.push((path.to_owned(), event));
    }

    /// The items of a list: those of one name, where it asks for one.
    fn items(&self, path: &str, name: Option<&str>) -> Option<(u16, Value)> {
        let Some(name) = name else { return self.answers.get(path).cloned() };
        match self.answers.get(&format!("{path}/{name}")) {
            Some((200, item)) => {
                Some((200, json!({ "kind": "List", "apiVersion": "v1", "items": [item] })))
            }
            Some(refused) => Some(refused.clone()),
            None => match self.answers.get(path)? {
                (200, _) => Some((200, json!({ "kind": "List", "apiVersion": "v1", "items": [] }))),
                refused => Some(refused.clone()),
            },
        }
    }

    fn watch(&mut self, path: &str, query: &BTreeMap<String, String>) -> Response<Body> {
        let (sender, receiver) = unbounded();
        let watch = Watch { path: path.to_owned(), name: name_of(query), sender };
        let from = query.get("resourceVersion").and_then(|v| v.parse().ok()).unwrap_or(0);
        if from < self.forgotten {
            let gone = json!({ "type": "ERROR", "object": status(410, "too old", "") });
            watch.send(path, &gone);
        } else {
            let missed = self.told.iter().skip(from);
            missed.for_each(|(path, event)| watch.send(path, event));
            self.watches.push(watch);
        }
        self.dated(Response::new(Body::from_stream(receiver)))
    }
}

impl State {
    /// The clock of the cluster is the one of the objects that tests list; it stands, mostly.
    fn dated(&self, mut response: Response<Body>) -> Response<Body> {
        let passed = self.runs_since.map_or(0, |since| since.elapsed().as_secs());
        let date = format!("Sat, 21 Nov 2026 07:03:{:02} GMT", 44 + passed.min(15));
        response.headers_mut().insert("date", date.parse().expect("a date"));
        response
    }
}

/// The object that a field selector names.
fn name_of(query: &BTreeMap<String, String>) -> Option<String> {
    let fields = query.get("fieldSelector")?;
    let field = fields.split("%2C").find_map(|field| field.strip_prefix("metadata.name%3D"));
    field.map(str::to_owned)
}

/// The server; it ends with the test.
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    /// What serves: connections live in it, and end with it.
    runtime: Option<Runtime>,
    kubeconfig: PathBuf,
}

impl Server {
    pub(crate) fn new(name: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (runtime, address) = serve(&state, SocketAddr::from(([127, 0, 0, 1], 0)));
        let kubeconfig = write_kubeconfig(name, &format!("http://{address}"));
        Self { state, address, runtime: Some(runtime), kubeconfig }
    }

    /// Goes away: every connection ends, and new ones are refused.
    pub(crate) fn leave(&mut self) {
        self.runtime = None;
        self.state().watches.clear();
    }

    /// Is there again, on the same port.
    pub(crate) fn come_back(&mut self) {
        self.runtime = Some(serve(&self.state, self.address).0);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }

    /// Answers a path.
    pub(crate) fn put(&self, path: &str, answer: Value) {
        self.state().answers.insert(path.to_owned(), (200, answer));
    }

    /// Answers a path with items, and each of them by its name; those who watch are told.
    pub(crate) fn list(&self, path: &str, items: &[Value]) {
        let name = |item: &Value| item["metadata"]["name"].as_str().expect("a name").to_owned();
        let mut state = self.state();
        let list = json!({ "kind": "List", "apiVersion": "v1", "items": items });
        let before = state.answers.insert(path.to_owned(), (200, list));
        let mut before = before.map_or_else(Vec::new, |(_, mut list)| {
            list["items"].as_array_mut().map(std::mem::take).unwrap_or_default()
        });
        for item in items {
            let known = before.iter().position(|known| name(known) == name(item));
            let known = known.map(|at| before.swap_remove(at));
            if known.as_ref() != Some(item) {
                state.tell(path, if known.is_some() { "MODIFIED" } else { "ADDED" }, item);
            }
            state.answers.insert(format!("{path}/{}", name(item)), (200, item.clone()));
        }
        for gone in before {
            state.tell(path, "DELETED", &gone);
            state.answers.remove(&format!("{path}/{}", name(&gone)));
        }
    }

    /// From now on its clock runs, for a quarter of a minute.
    pub(crate) fn run_clock(&self) {
        self.state().runs_since = Some(Instant::now());
    }

    /// Allows lists only.
    pub(crate) fn forbid_watches(&self) {
        self.state().forbids_watches = true;
    }

    /// Ends every watch, as a server does from time to time; gives how many there were.
    pub(crate) fn close_watches(&self) -> usize {
        std::mem::take(&mut self.state().watches).len()
    }

    /// Ends every watch and forgets the past, with what happens meanwhile: who resumes one gets a
    /// 410, and has to list again.
    pub(crate) fn forget(&self, meanwhile: impl FnOnce()) {
        let mut state = self.state();
        state.forgotten = usize::MAX;
        state.watches.clear();
        drop(state);
        meanwhile();
        let mut state = self.state();
        state.forgotten = state.told.len();
    }

    /// Waits until so many watches are held: whoever holds them has listed before.
    pub(crate) fn until_watched(&self, count: usize) {
        let held = || self.state().watches.len();
        until(|| held() >= count, || format!("{} of {count} watches", held()));
    }

    /// Waits until it was asked for something.
    pub(crate) fn until_asked(&self, is_enough: impl Fn(&[String]) -> bool) {
        until(|| is_enough(&self.state().asked), || format!("{:#?}", self.state().asked));
    }

    /// From now on there is nothing at a path.
    pub(crate) fn remove(&self, path: &str) {
        self.state().answers.remove(path);
    }

    pub(crate) fn refuse(&self, path: &str, code: u16, message: &str) {
        self.state().answers.insert(path.to_owned(), (code, status(code, message, "")));
    }

    /// From now on every answer is this one; `None` ends that.
    pub(crate) fn instead(&self, code: Option<u16>) {
        let mut state = self.state();
        state.instead = code.map(|code| (code, status(code, "not now", "")));
        state.watches.clear();
    }

    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The plugin, about to ask this server.
    pub(crate) fn plugin(&self, arguments: &[&str]) -> Command {
        plugin(&self.kubeconfig, arguments)
    }

    pub(crate) fn blame(&self, arguments: &[&str]) -> Output {
        self.plugin(arguments).output().expect("the plugin runs")
    }
}

/// Serves on an address, or on any port where that is 0.
fn serve(state: &Arc<Mutex<State>>, address: SocketAddr) -> (Runtime, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let shared = Arc::clone(state);
    let router = Router::new().fallback(move |request: Request<Body>| {
        let shared = Arc::clone(&shared);
        async move { answer(&shared, &request) }
    });
    runtime.spawn(async move { axum::serve(listener, router).await });
    (runtime, address)
}

/// The plugin with a kubeconfig of its own.
pub(crate) fn plugin(kubeconfig: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-blame"));
    command
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn write_kubeconfig(name: &str, server: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.kubeconfig"));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test", "namespace": "shop" } }],
        "clusters": [{ "name": "test", "cluster": { "server": server } }],
        "users": [{ "name": "test", "user": { "token": "secret-token" } }],
    });
    std::fs::write(&path, config.to_string()).expect("a file");
    path
}

fn answer(state: &Mutex<State>, request: &Request<Body>) -> Response<Body> {
    let mut state = state.lock().expect("no test panics while it holds the lock");
    let path = request.uri().path().to_owned();
    let query = request.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    state.asked.push(format!("{} {path}{query}", request.method()));
    let parts = request.uri().query().unwrap_or_default().split('&');
    let parts = parts.filter_map(|part| part.split_once('='));
    let query: BTreeMap<String, String> =
        parts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let mut found =
        state.instead.clone().or_else(|| state.items(&path, name_of(&query).as_deref()));
    if query.contains_key("watch") && matches!(found, Some((200, _))) && !state.forbids_watches {
        return state.watch(&path, &query);
    }
    if query.contains_key("watch") && state.forbids_watches {
        found = Some((403, status(403, "you may not watch", "")));
    }
    if let Some((200, Value::Object(list))) = &mut found
        && list.contains_key("items")
    {
        let version = state.told.len().to_string();
        list.insert("metadata".to_owned(), json!({ "resourceVersion": version }));
        let accepts = request.headers().get("accept").and_then(|accept| accept.to_str().ok());
        let is_metadata = accepts.is_some_and(|accept| accept.contains("PartialObjectMetadata"));
        if is_metadata && list["items"].as_array().is_some_and(Vec::is_empty) {
            // As a real server sends metadata of which there is none.
            list.insert("kind".to_owned(), json!("PartialObjectMetadataList"));
            list.insert("items".to_owned(), Value::Null);
        }
    }
    let (code, body) = found.unwrap_or_else(|| {
        // What a real server says of an object, and of a kind, that is not there.
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let collection = path.rsplit_once('/').map_or("", |(collection, _)| collection);
        let is_known = state.answers.keys().any(|known| known.starts_with(collection));
        (404, status(404, "not found", if is_known { &name } else { "" }))
    });
    // A log is plain text.
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).expect("a code");
    state.dated(response)
}

fn status(code: u16, message: &str, name: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message,
        "code": code, "details": { "name": name },
    })
}
