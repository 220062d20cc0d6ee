//! The chart, rendered by real helm: what it makes, what it refuses, and that nothing
//! made from it or told of it is out of date. Alerts are tested with promtool.

mod alerts;
mod dashboard;
mod helm;
mod values;

use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let file = root().join(path);
    let found = std::fs::read_to_string(&file);
    assert!(found.is_ok(), "{}: {found:?}", file.display());
    found.unwrap_or_default()
}

/// Makes a generated file what it should be, and fails when it was not; under CI it only fails.
pub(crate) fn keep(path: &str, content: &str) {
    let file = root().join(path);
    let is_same = std::fs::read_to_string(&file).is_ok_and(|found| found == content);
    if !is_same && std::env::var_os("CI").is_none() {
        std::fs::write(&file, content).expect(path);
    }
    assert!(is_same, "{path} was out of date (`cargo test --test chart` writes it)");
}
