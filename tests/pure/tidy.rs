//! The shape of the source: which module may know which, and how long a file may be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    for path in entries.map(|entry| entry.expect("a file").path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    let of = |folder: &str| files(&root().join(folder));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).expect("inside").to_string_lossy().replace('\\', "/");
        (name, std::fs::read_to_string(&path).expect("readable"))
    };
    of("src").into_iter().chain(of("tests/pure")).map(read).collect()
}

/// The code of a file: no comments, no unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that a file names, in paths and in `use crate::{…}`.
fn known(text: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let code = code(text);
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => top_level(list),
            None => vec![rest],
        };
        for name in names {
            let end = name.trim_start().find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = name.trim_start();
            let name = &name[..end.unwrap_or(name.len())];
            if modules.contains(name) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// The parts of a braced list up to its end, nested lists left whole.
fn top_level(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn the_arrows_between_modules() {
    // Who may know whom; of a module that is not named here nothing is asked.
    let arrows: [(&str, &[&str]); 5] = [
        ("observe", &[]),
        ("graph", &["observe"]),
        ("report", &[]),
        ("blame", &["graph", "observe", "report"]),
        ("replay", &["graph", "observe"]),
    ];
    let sources = sources();
    let module = |name: &str| {
        let rest = name.strip_prefix("src/")?;
        Some(rest.split(['/', '.']).next()?.to_owned()).filter(|m| m != "lib" && m != "bin")
    };
    let modules: BTreeSet<String> = sources.iter().filter_map(|(name, _)| module(name)).collect();
    for (name, text) in &sources {
        let Some(from) = module(name) else { continue };
        let Some((_, may)) = arrows.iter().find(|(m, _)| *m == from) else { continue };
        for to in known(text, &modules).into_iter().filter(|to| *to != from) {
            assert!(
                may.contains(&to.as_str()),
                "{name} knows {to}, but {from} may know only {may:?}"
            );
        }
    }
}

#[test]
fn the_core_reads_no_clock_and_no_file() {
    let impure = [
        "std::fs",
        "std::net",
        "std::env",
        "Timestamp::now",
        "SystemTime",
        "Instant::now",
        "std::thread",
        "tokio::",
        "println!",
        "eprintln!",
    ];
    for (name, text) in sources() {
        let is_core = ["observe", "graph", "blame", "report", "replay"]
            .iter()
            .any(|m| name.starts_with(&format!("src/{m}/")) || name == format!("src/{m}.rs"));
        let code = code(&text);
        for word in impure.iter().filter(|_| is_core) {
            assert!(!code.contains(word), "{name}: {word} in the pure core");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    for (name, text) in sources() {
        assert!(text.starts_with("//!"), "{name} does not begin with //!");
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{name} has {lines} lines, more than {MAX_LINES}");
        assert!(!name.ends_with("/mod.rs"), "{name}: name the file after its module");
    }
}

#[test]
fn every_file_is_a_module_of_its_parent() {
    let sources = sources();
    let text_of =
        |name: &str| sources.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str());
    for (name, _) in &sources {
        if ["src/lib.rs", "tests/pure/main.rs"].contains(&name.as_str())
            || name.starts_with("src/bin/")
        {
            continue;
        }
        let (folder, file) = name.rsplit_once('/').expect("a folder");
        let module = file.trim_end_matches(".rs");
        let parent = match folder {
            "src" => "src/lib.rs".to_owned(),
            "tests/pure" => "tests/pure/main.rs".to_owned(),
            folder => format!("{folder}.rs"),
        };
        let parent_text = text_of(&parent);
        // `mod x;`, `pub mod x;`, `pub(in crate::y) mod x;`
        let says = |line: &str| {
            line.trim()
                .strip_suffix(&format!("mod {module};"))
                .is_some_and(|before| before.is_empty() || before.starts_with("pub"))
        };
        assert!(
            parent_text.is_some_and(|text| text.lines().any(says)),
            "{name} is not declared in {parent}: nobody compiles it"
        );
    }
}
