//! The files and folders behind `-f`.

use super::super::failure::Failure;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What a file of a folder must end in to be read.
const ENDINGS: &[&str] = &["yaml", "yml", "json", "jsonl", "ndjson"];
/// How deep folders are read.
const MAX_DEPTH: usize = 4;
/// How a compressed file begins.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// How far folders are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Folders {
    /// Their own files, as `kubectl apply -f` takes them.
    Flat,
    /// Those below them too, as `kubectl cluster-info dump` writes them.
    Deep,
}

/// A file as a sentence names it.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() }
}

/// Every file's name and text.
pub(super) fn texts(paths: &[PathBuf], folders: Folders) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    for path in paths {
        for file in files(path, folders)? {
            texts.push((name(&file), text(&file)?));
        }
    }
    Ok(texts)
}

fn files(path: &Path, folders: Folders) -> Result<Vec<PathBuf>, Failure> {
    if path == Path::new("-") || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    walk(path, if folders == Folders::Deep { MAX_DEPTH } else { 0 }, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{} holds no file that ends in .{}",
            path.display(),
            ENDINGS.join(", .")
        )));
    }
    Ok(files)
}

/// Gathers what a folder holds, and `depth` folders below it.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::new(unreadable(folder, &error));
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&&*ending)) {
            files.push(path);
        // What a link points to may be above it.
        } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, depth - 1, files)?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| Failure::new(unreadable(path, &error)))?;
    if bytes.starts_with(GZIP) {
        let shown = path.display();
        return Err(Failure::new(format!(
            "{shown} is compressed: gunzip -c {shown} | kubectl blame -f - reads it"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        Failure::new(format!("{}: line {}: not UTF-8 text", path.display(), line))
    })
}

/// Why a file cannot be read, in words.
pub(in crate::plugin) fn unreadable(path: &Path, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        _ => error.to_string(),
    };
    format!("{} cannot be read: {why}", path.display())
}
