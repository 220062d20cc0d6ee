//! Recordings: what the watches said of a namespace, as JSON lines
//! `{"type","object","at"}`, the form in which `kubectl blame -f` reads a story.

use super::stream::{self, Signal};
use crate::Failure;
use jiff::Timestamp;
use kubeblame::observe::{KINDS, KindInfo, Scope};
use local_cluster::Cluster;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where recordings go; without it nothing is recorded.
const DIRECTORY: &str = "KUBEBLAME_RECORD";

#[derive(Debug, Default)]
struct Books {
    open: HashMap<String, File>,
    /// The newest line of every cluster-scoped object: how a recording begins.
    cluster: HashMap<String, String>,
}

/// Writes the recordings of all namespaces that ask for one.
#[derive(Debug)]
pub(crate) struct Recorder {
    directory: PathBuf,
    books: Arc<Mutex<Books>>,
}

/// A namespace's recording; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Recording {
    namespace: String,
    books: Arc<Mutex<Books>>,
}

impl Drop for Recording {
    fn drop(&mut self) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.open.remove(&self.namespace);
    }
}

impl Recorder {
    /// A recorder, if the environment asks for one.
    pub(super) fn from_env(cluster: &Cluster) -> Result<Option<Self>, Failure> {
        let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else {
            return Ok(None);
        };
        std::fs::create_dir_all(&directory)?;
        let books: Arc<Mutex<Books>> = Arc::default();
        for kind in KINDS {
            let (kind, own) = (*kind, books.clone());
            stream::follow(cluster, &path(&kind), move |signal| {
                if let Signal::Event(event) = signal {
                    let line = line(&event);
                    let mut books = own.lock().unwrap_or_else(PoisonError::into_inner);
                    books.write(&kind, event.object.get(), line);
                }
            });
        }
        Ok(Some(Self { directory, books }))
    }

    /// Begins the recording of a namespace that is yet to be made.
    pub(crate) fn begin(&self, namespace: &str) -> std::io::Result<Recording> {
        let directory = self.directory.join(namespace);
        std::fs::create_dir_all(&directory)?;
        let mut file = File::create(directory.join("watch.jsonl"))?;
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        for line in books.cluster.values() {
            file.write_all(line.as_bytes())?;
        }
        books.open.insert(namespace.to_owned(), file);
        Ok(Recording { namespace: namespace.to_owned(), books: self.books.clone() })
    }
}

impl Books {
    fn write(&mut self, kind: &KindInfo, object: &str, line: String) {
        let Ok(value) = serde_json::from_str::<Value>(object) else { return };
        let text = |at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
        let book = if kind.kind == "Namespace" { name } else { namespace };
        if kind.scope == Scope::Cluster && kind.kind != "Namespace" {
            // A disk that is full shows when the recording is read.
            self.open.values_mut().for_each(|file| _ = file.write_all(line.as_bytes()));
            self.cluster.insert(format!("{}/{name}", kind.kind), line);
        } else if let Some(file) = self.open.get_mut(book) {
            _ = file.write_all(line.as_bytes());
        }
    }
}

fn line(event: &stream::Event) -> String {
    let object = event.object.get();
    format!(
        "{{\"type\":\"{}\",\"object\":{object},\"at\":\"{}\"}}\n",
        event.type_,
        Timestamp::now()
    )
}

fn path(kind: &KindInfo) -> String {
    if kind.group.is_empty() {
        format!("/api/{}/{}", kind.version, kind.plural)
    } else {
        format!("/apis/{}/{}/{}", kind.group, kind.version, kind.plural)
    }
}
