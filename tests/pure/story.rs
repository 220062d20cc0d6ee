//! Stories: situations of a cluster with known truth, one YAML file each.
//!
//! A story is written in a short form (`use: pod`, times as `-2m`) and completed to
//! whole objects as the API server stores them, before any text is handed to the
//! replay. It is a dump, or, with `stream:`, a recording of watch events.

mod build;
pub(crate) mod check;
mod fields;
pub(crate) mod json;
mod other;
mod pod;
pub(crate) mod render;
mod template;
mod time;
mod workload;

use build::World;
use jiff::Timestamp;
use json::text;
use kubeblame::blame;
use kubeblame::graph::{Graph, Object};
use kubeblame::observe::Uid;
use kubeblame::replay::{self, Replay};
use kubeblame::report::BlameReport;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One watch event; of a dump all are ADDED.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// ADDED, MODIFIED or DELETED.
    pub(crate) change: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) object: Value,
}

/// A story, completed.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) now: Timestamp,
    /// Kind and name of the root it asks for.
    pub(crate) root: (String, String),
    pub(crate) entries: Vec<Entry>,
    pub(crate) is_stream: bool,
    /// The truth: any value of a list is right.
    pub(crate) expect: Value,
}

/// How a story is handed to the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What the cluster shows in the end.
    Dump,
    /// What a watch saw, in order.
    Watch,
}

/// The files of all stories, by name.
pub(crate) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of stories")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .collect();
    files.sort();
    files
}

/// Every story, read once.
pub(crate) fn all() -> &'static [Story] {
    static ALL: LazyLock<Vec<Story>> =
        LazyLock::new(|| files().iter().map(|file| load(file)).collect());
    &ALL
}

/// Reads and completes one story.
pub(crate) fn load(file: &Path) -> Story {
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let source = std::fs::read_to_string(file).expect("readable");
    let mut story: Value =
        serde_saphyr::from_str(&source).unwrap_or_else(|e| die(&format!("{name}: {e}")));
    let now: Timestamp =
        text(&story, "now").unwrap_or("2026-11-21T12:00:00Z").parse().expect("a time");
    time::resolve(&mut story, now);
    let root = text(&story, "root").unwrap_or_else(|| die(&format!("{name}: no root")));
    let (kind, root) = root.split_once('/').expect("root: Kind/name");
    let mut world = World::new(&story, now, root);
    let is_stream = story.get("stream").is_some();
    let watched = text(&story, "watched").map_or(now, |at| at.parse().expect("a time"));
    world.at = if is_stream { watched } else { now };
    for short in json::list(&story, "objects") {
        world.add(short);
    }
    for step in json::list(&story, "stream") {
        world.step(step);
    }
    Story {
        title: text(&story, "title").unwrap_or_else(|| die(&format!("{name}: no title"))).into(),
        now,
        root: (kind.to_owned(), root.to_owned()),
        entries: world.entries,
        is_stream,
        expect: story.get("expect").cloned().unwrap_or_default(),
        name,
    }
}

/// Ends a test because a story is not written as it should be.
#[expect(clippy::panic, reason = "a story that cannot be read is a broken test")]
pub(crate) fn die(why: &str) -> ! {
    panic!("{why}")
}

impl Story {
    /// The ways in which it is asked: as it is written, and a recording also by its end.
    pub(crate) fn modes(&self) -> &'static [Mode] {
        if self.is_stream { &[Mode::Watch, Mode::Dump] } else { &[Mode::Dump] }
    }

    /// What the cluster shows in the end: the last version of what still exists.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let mut last: Vec<(&Value, &Entry)> = Vec::new();
        for entry in &self.entries {
            let uid = &entry.object["metadata"]["uid"];
            last.retain(|(other, _)| *other != uid);
            last.push((uid, entry));
        }
        last.retain(|(_, entry)| entry.change != "DELETED");
        last.into_iter().map(|(_, entry)| entry.object.clone()).collect()
    }

    /// As `kubectl get -o yaml --show-managed-fields` prints it.
    pub(crate) fn dump(&self) -> String {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": self.objects() });
        serde_saphyr::to_string(&list).expect("writable")
    }

    /// As `kubectl get -w --output-watch-events -o json` prints it.
    pub(crate) fn recording(&self) -> String {
        lines(&self.entries)
    }

    /// The text of one mode.
    pub(crate) fn text(&self, mode: Mode) -> String {
        match mode {
            Mode::Dump => self.dump(),
            Mode::Watch => self.recording(),
        }
    }

    /// What is read of its root.
    pub(crate) fn ask(&self, mode: Mode) -> BlameReport {
        self.answer(&self.text(mode))
    }

    /// What is read of its root from this text.
    pub(crate) fn answer(&self, text: &str) -> BlameReport {
        let input = replay::read(text).unwrap_or_else(|e| die(&format!("{}: {e}", self.name)));
        let Replay { mut graph, now } = input.replay(Some(self.now));
        blame::share(&mut graph, now);
        let no_root = || die(&format!("{}: its root is not there", self.name));
        let root = self.root_in(&graph).unwrap_or_else(no_root);
        let judgement = blame::judge(&graph, &root, now, None);
        judgement.unwrap_or_else(|| die(&format!("{}: no judgement", self.name))).report
    }

    /// The UID of its root in a graph.
    pub(crate) fn root_in(&self, graph: &Graph) -> Option<Uid> {
        let (kind, name) = &self.root;
        let is_root = |o: &&Object| o.kind() == kind && *o.meta.name == **name && o.gone.is_none();
        graph.objects().find(is_root).map(|root| root.meta.uid.clone())
    }
}

/// Watch events, one a line.
pub(crate) fn lines(entries: &[Entry]) -> String {
    let line = |e: &Entry| {
        json!({ "type": e.change, "at": e.at.to_string(), "object": e.object }).to_string()
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}
