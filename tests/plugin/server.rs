//! An API server that says what a test tells it to, and remembers what it was asked.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Default)]
struct State {
    /// Answers by path; a path that is not here is a 404.
    answers: BTreeMap<String, (u16, Value)>,
    /// Answers instead of all others.
    instead: Option<(u16, Value)>,
    asked: Vec<String>,
}

/// The server; it ends with the test.
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    _runtime: tokio::runtime::Runtime,
    kubeconfig: PathBuf,
}

impl Server {
    pub(crate) fn new(name: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener =
            runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::clone(&state);
        let router = Router::new().fallback(move |request: Request<Body>| {
            let shared = Arc::clone(&shared);
            async move { answer(&shared, &request) }
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        let kubeconfig = write_kubeconfig(name, &format!("http://{address}"));
        Self { state, _runtime: runtime, kubeconfig }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }

    /// Answers a path.
    pub(crate) fn put(&self, path: &str, answer: Value) {
        self.state().answers.insert(path.to_owned(), (200, answer));
    }

    /// Answers a path with items, and each of them by its name.
    pub(crate) fn list(&self, path: &str, items: &[Value]) {
        self.put(path, json!({ "kind": "List", "apiVersion": "v1", "items": items }));
        for item in items {
            let name = item["metadata"]["name"].as_str().expect("a name");
            self.put(&format!("{path}/{name}"), item.clone());
        }
    }

    pub(crate) fn refuse(&self, path: &str, code: u16, message: &str) {
        self.state().answers.insert(path.to_owned(), (code, status(code, message, "")));
    }

    /// From now on every answer is this one; `None` ends that.
    pub(crate) fn instead(&self, code: Option<u16>) {
        self.state().instead = code.map(|code| (code, status(code, "not now", "")));
    }

    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    /// The plugin, about to ask this server.
    pub(crate) fn plugin(&self, arguments: &[&str]) -> Command {
        plugin(&self.kubeconfig, arguments)
    }

    pub(crate) fn blame(&self, arguments: &[&str]) -> Output {
        self.plugin(arguments).output().expect("the plugin runs")
    }
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
    let found = state.instead.clone().or_else(|| state.answers.get(&path).cloned());
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
    // The clock of the cluster is the one of the objects below.
    response.headers_mut().insert("date", "Sat, 21 Nov 2026 07:03:44 GMT".parse().expect("a date"));
    response
}

fn status(code: u16, message: &str, name: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message,
        "code": code, "details": { "name": name },
    })
}
