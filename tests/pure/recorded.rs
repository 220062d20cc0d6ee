//! Recorded reality: situations made on a real cluster (`tests/cluster/recorded`), each with
//! the stream of its watches, the dump of its end, and the truth.
//!
//! Whoever records a new one puts its folder into `tests/stories/recorded`.

use crate::order::{Random, interleave};
use crate::story::json::text;
use crate::story::{self, Entry, Mode, Story, check, die};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/recorded");
    let only = std::env::var("STORY").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the recordings")
        .map(|entry| entry.expect("a folder").path())
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect();
    folders.sort();
    folders
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file))
        .unwrap_or_else(|e| die(&format!("{}/{file}: {e}", folder.display())))
}

/// A recording as a story; its truth holds both ways unless it says otherwise of the dump.
fn load(folder: &Path) -> Story {
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let mut expect: Value = serde_saphyr::from_str(&read(folder, "expect.yaml"))
        .unwrap_or_else(|e| die(&format!("{name}: {e}")));
    if expect.get("fromDump").is_none() {
        expect["fromDump"] = "same".into();
    }
    let of = |path: &str| {
        text(&expect, path).unwrap_or_else(|| die(&format!("{name}: no {path}"))).to_owned()
    };
    Story {
        title: of("note"),
        now: of("now").parse().expect("a time"),
        root: (of("root.kind"), of("root.name")),
        entries: Vec::new(),
        is_stream: true,
        name,
        expect,
    }
}

fn entries(recording: &str) -> Vec<Entry> {
    let events = recording.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let entry = |event: Value| {
        let change = ["ADDED", "MODIFIED", "DELETED"]
            .into_iter()
            .find(|change| text(&event, "type") == Some(change))?;
        let at = text(&event, "at")?.parse().expect("a time");
        Some(Entry { change, at, object: event["object"].clone() })
    };
    events.filter_map(entry).collect()
}

fn status(story: &Story, text: &str) -> Value {
    serde_json::to_value(story.answer(text).status).expect("a value")
}

#[test]
fn every_recording_is_answered_truly() {
    let mut faults = Vec::new();
    for folder in folders() {
        let story = load(&folder);
        for (mode, file) in [(Mode::Watch, "watch.jsonl"), (Mode::Dump, "dump.yaml")] {
            let found = check::faults(&story, mode, &status(&story, &read(&folder, file)));
            let name = &story.name;
            faults.extend(found.into_iter().map(|fault| format!("{name} ({mode:?}): {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn in_whatever_order_it_arrives() {
    for (seed, folder) in (0..).zip(folders()) {
        let story = load(&folder);
        let recording = entries(&read(&folder, "watch.jsonl"));
        let expected = status(&story, &story::lines(&recording));
        let shuffled = interleave(&recording, &mut Random(seed));
        assert_eq!(status(&story, &story::lines(&shuffled)), expected, "{}", story.name);
    }
}
