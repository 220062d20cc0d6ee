//! `kubeblame record`: what the watches of some namespaces say, as JSON lines
//! `{"type","object","at"}` in receive order: the form in which `kubectl blame -f` reads
//! a story. For bug reports: values are replaced by placeholders (see [`Sanitiser`]).

mod follow;
mod kinds;
mod sanitise;

pub use sanitise::Sanitiser;

use crate::config::Record;
use crate::observe::Scope;
use crate::run::{self, Stop};
use follow::{Follow, Line};
use jiff::Timestamp;
use kinds::Kind;
use kube::api::ListParams;
use kube::core::GroupVersionKind;
use kube::{Client, discovery};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How many lines may wait to be written.
const MAX_LINES: usize = 4_096;
/// Where Kubernetes keeps the events of objects that have no namespace.
const EVENTS_OF_CLUSTER: &str = "default";

/// Records until a signal ends it, or what there is at this moment.
///
/// # Errors
/// When there is no cluster, or the output cannot be written.
pub async fn record(ask: Record) -> Result<(), run::Error> {
    let cluster =
        run::cluster(ask.target.kubeconfig.as_deref(), ask.target.context.as_deref()).await?;
    let client = Client::try_from(cluster).map_err(|e| run::Error::Client(Box::new(e)))?;
    let out: Box<dyn Write> = match &ask.output {
        Some(path) => Box::new(File::create(path).map_err(run::Error::Write)?),
        None => Box::new(io::stdout()),
    };
    let (lines, received) = mpsc::channel(MAX_LINES);
    let recorder = Recorder {
        client,
        namespaces: ask.namespaces,
        owners: BTreeSet::new(),
        lines,
        sanitiser: Sanitiser::default(),
        out: BufWriter::new(out),
    };
    if ask.dump { recorder.dump().await } else { recorder.follow(received).await }
}

struct Recorder {
    client: Client,
    namespaces: Vec<String>,
    /// Kinds of owners that were looked for.
    owners: BTreeSet<(String, String)>,
    lines: mpsc::Sender<Line>,
    sanitiser: Sanitiser,
    out: BufWriter<Box<dyn Write>>,
}

impl Recorder {
    async fn follow(mut self, mut received: mpsc::Receiver<Line>) -> Result<(), run::Error> {
        let mut stop = Stop::listen().map_err(run::Error::Signals)?;
        let mut tasks = JoinSet::new();
        for kind in kinds::all() {
            self.start(&kind, &mut tasks);
        }
        loop {
            tokio::select! {
                line = received.recv() => match line {
                    Some(line) => {
                        self.follow_owners(&line.object, &mut tasks).await;
                        self.write(line).map_err(run::Error::Write)?;
                    }
                    None => break,
                },
                _ = stop.asked() => break,
            }
        }
        self.end().map_err(run::Error::Write)
    }

    /// The lists of a kind that hold what was asked for.
    fn lists(&self, kind: &Kind) -> Vec<Follow> {
        let follow = |namespace: Option<&str>| Follow {
            client: self.client.clone(),
            kind: kind.clone(),
            namespace: namespace.map(str::to_owned),
            lines: self.lines.clone(),
        };
        if kind.scope == Scope::Cluster || self.namespaces.is_empty() {
            return vec![follow(None)];
        }
        let mut names: BTreeSet<&str> = self.namespaces.iter().map(String::as_str).collect();
        if kind.resource.kind == "Event" {
            names.insert(EVENTS_OF_CLUSTER);
        }
        names.into_iter().map(|name| follow(Some(name))).collect()
    }

    fn start(&self, kind: &Kind, tasks: &mut JoinSet<()>) {
        for list in self.lists(kind) {
            tasks.spawn(list.run());
        }
    }

    /// Follows kinds that own something and are not known, by their metadata.
    async fn follow_owners(&mut self, object: &Value, tasks: &mut JoinSet<()>) {
        let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        for owner in owners.into_iter().flatten() {
            let text = |key: &str| owner[key].as_str().unwrap_or_default();
            let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", "v1"));
            let key = (group.to_owned(), text("kind").to_owned());
            let is_listed = kinds::all()
                .iter()
                .any(|k| (&k.resource.group, &k.resource.kind) == (&key.0, &key.1));
            if is_listed || !self.owners.insert(key) {
                continue;
            }
            let gvk = GroupVersionKind::gvk(group, version, text("kind"));
            if let Ok((resource, found)) = discovery::pinned_kind(&self.client, &gvk).await
                && found.scope == discovery::Scope::Namespaced
            {
                let scope = Scope::Namespaced;
                self.start(&Kind { resource, scope, is_known: false }, tasks);
            }
        }
    }

    /// Whether an object belongs to what was asked for.
    fn is_asked_for(&self, object: &Value) -> bool {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let has = |name: &str| self.namespaces.iter().any(|n| n == name);
        if self.namespaces.is_empty() {
            return true;
        }
        match text("/kind") {
            "Namespace" => has(text("/metadata/name")),
            "Event" => {
                has(text("/metadata/namespace"))
                    || object.pointer("/involvedObject/namespace").is_none()
            }
            _ => true,
        }
    }

    fn write(&mut self, mut line: Line) -> io::Result<()> {
        if !self.is_asked_for(&line.object) {
            return Ok(());
        }
        self.sanitiser.clean(&mut line.object, line.is_known);
        let at = line.at.to_string();
        let line = json!({ "type": line.change, "object": line.object, "at": at });
        writeln!(self.out, "{line}")?;
        // Whoever reads along, or kills the recorder, finds whole lines.
        self.out.flush()
    }

    /// A last line tells until when nothing more happened.
    fn end(mut self) -> io::Result<()> {
        let at = Timestamp::now().to_string();
        let line =
            json!({ "type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1"}, "at": at });
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// What there is now, as `kubectl get -o yaml --show-managed-fields` prints it.
    async fn dump(mut self) -> Result<(), run::Error> {
        let mut items = Vec::new();
        for kind in kinds::all() {
            for list in self.lists(&kind) {
                let found = match list.api().list(&ListParams::default()).await {
                    Ok(found) => found,
                    Err(error) => {
                        tracing::warn!(kind = kind.resource.kind, %error, "not recorded");
                        continue;
                    }
                };
                items.extend(found.items.into_iter().map(|object| list.plain(object)));
            }
        }
        items.retain(|object| self.is_asked_for(object));
        for object in &mut items {
            self.sanitiser.clean(object, true);
        }
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
        let text =
            serde_saphyr::to_string(&list).map_err(|e| run::Error::Write(io::Error::other(e)))?;
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(run::Error::Write)
    }
}
