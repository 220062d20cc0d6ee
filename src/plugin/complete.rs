//! `kubectl blame <TAB>`: the words that may stand next.
//!
//! kubectl runs `kubectl_complete-blame WORDS… PARTIAL` and reads, as its own
//! completion prints it, one `word<TAB>help` a line and a last line `:DIRECTIVE`.
//! Nothing here may fail aloud: where the cluster does not answer soon, its names
//! are left out.

use super::args::{Cli, Common};
use super::command;
use super::kinds::KindWord;
use super::live::cluster::{Answer, Cluster, Selection};
use super::live::resource::{self, Resource};
use crate::observe::line;
use clap::{Arg, Command, Parser};
use serde_json::Value;
use std::io::Write;
use std::time::Duration;

/// How long names may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many names are offered.
const MAX_NAMES: usize = 2_000;
/// kubectl's words for: no file names, and: file names.
const NO_FILES: u8 = 4;
const FILES: u8 = 0;
/// … and for: no space behind the word.
const NO_SPACE: u8 = 2;

/// The kinds offered first.
const KINDS: &[&str] =
    &["deployment", "statefulset", "daemonset", "job", "cronjob", "pod", "replicaset"];

/// What may stand next.
struct Offer {
    words: Vec<(String, String)>,
    directive: u8,
}

/// Writes what may stand behind `words`, the last of which is the beginning of a word.
pub(super) fn write(words: &[String], out: &mut impl Write) -> std::io::Result<()> {
    let (partial, before) = words.split_last().map_or(("", words), |(p, b)| (p.as_str(), b));
    let offer = offer(before, partial);
    for (word, help) in offer.words.iter().filter(|(word, _)| word.starts_with(partial)) {
        if help.is_empty() {
            writeln!(out, "{word}")?;
        } else {
            writeln!(out, "{word}\t{help}")?;
        }
    }
    writeln!(out, ":{}", offer.directive)
}

fn offer(before: &[String], partial: &str) -> Offer {
    let plugin = command();
    let place = Place::of(&plugin, before);
    let none = |directive| Offer { words: Vec::new(), directive };
    if let Some(flag) = place.flag {
        return match flag.get_id().as_str() {
            "filename" | "kubeconfig" | "file" => none(FILES),
            "namespace" => names_of(before, "namespace", ""),
            _ => {
                let values = flag.get_possible_values();
                let words = values.iter().map(|value| {
                    let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                    (value.get_name().to_owned(), help)
                });
                Offer { words: words.collect(), directive: NO_FILES }
            }
        };
    }
    if partial.starts_with('-') {
        return Offer { words: flags(place.command), directive: NO_FILES };
    }
    if place.command.get_name() == "replay" && place.positionals.is_empty() {
        return none(FILES);
    }
    if let Some((kind, _)) = partial.split_once('/') {
        return names_of(before, kind, &format!("{kind}/"));
    }
    if let Some(kind) = place.positionals.first().filter(|word| !word.contains('/')) {
        return names_of(before, kind, "");
    }
    let mut words = Vec::new();
    let takes_objects =
        place.command.get_positionals().any(|p| p.get_id() != "file" && p.get_id() != "reader");
    if place.is_top && place.positionals.is_empty() {
        words.extend(place.command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| {
            (c.get_name().to_owned(), c.get_about().map(ToString::to_string).unwrap_or_default())
        }));
    }
    if !takes_objects {
        let of = place.command.get_positionals().flat_map(Arg::get_possible_values);
        words.extend(of.map(|value| (value.get_name().to_owned(), String::new())));
        return Offer { words, directive: NO_FILES };
    }
    words.extend(KINDS.iter().map(|kind| (format!("{kind}/"), String::new())));
    Offer { words, directive: NO_FILES | NO_SPACE }
}

/// Where in the command line one is.
struct Place<'c> {
    command: &'c Command,
    /// The flag whose value is to follow.
    flag: Option<&'c Arg>,
    positionals: Vec<&'c str>,
    is_top: bool,
}

impl<'c> Place<'c> {
    fn of(top: &'c Command, before: &'c [String]) -> Self {
        let mut place = Self { command: top, flag: None, positionals: Vec::new(), is_top: true };
        for word in before {
            if place.flag.take().is_some() {
                continue;
            }
            if word.starts_with('-') && word.len() > 1 {
                let wanted = place.arg(top, word);
                place.flag =
                    wanted.filter(|arg| arg.get_action().takes_values() && !word.contains('='));
                continue;
            }
            let sub = place.positionals.is_empty().then(|| place.command.find_subcommand(word));
            match sub.flatten().filter(|_| place.is_top) {
                Some(sub) => (place.command, place.is_top) = (sub, false),
                None => place.positionals.push(word),
            }
        }
        place
    }

    fn arg(&self, top: &'c Command, word: &str) -> Option<&'c Arg> {
        let all = self.command.get_arguments().chain(top.get_arguments());
        let mut all = all.filter(|arg| !arg.is_positional());
        match word.strip_prefix("--") {
            Some(long) => {
                let long = long.split('=').next().unwrap_or(long);
                all.find(|arg| arg.get_long() == Some(long))
            }
            None => all.find(|arg| arg.get_short() == word.chars().nth(1)),
        }
    }
}

/// The long flags of a command, and those of all commands.
fn flags(of: &Command) -> Vec<(String, String)> {
    let top = command();
    let of_all = top.get_arguments().filter(|arg| arg.is_global_set());
    let mut words: Vec<(String, String)> = of
        .get_arguments()
        .chain(of_all)
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            Some((format!("--{}", arg.get_long()?), help))
        })
        .collect();
    words.sort();
    words.dedup();
    words
}

/// The names of a kind's objects.
fn names_of(before: &[String], kind: &str, prefix: &str) -> Offer {
    let kind = KindWord::new(kind);
    let work = names(before, &kind);
    let names = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()
        .and_then(|runtime| {
            let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await });
            runtime.shutdown_background();
            found.ok().flatten()
        })
        .unwrap_or_default();
    let words = names.into_iter().map(|name| (format!("{prefix}{name}"), String::new()));
    Offer { words: words.take(MAX_NAMES).collect(), directive: NO_FILES }
}

async fn names(before: &[String], kind: &KindWord) -> Option<Vec<String>> {
    let common = common(before);
    let cluster = Cluster::connect(&common).await.ok()?;
    let resource = match kind.to_string().as_str() {
        "namespace" => Resource::built_in("Namespace")?,
        _ => resource::resolve(&cluster, kind).await.ok()?,
    };
    let namespace = cluster.namespace(&common);
    let namespace = (!common.all_namespaces).then_some(&*namespace);
    let selection = Selection { metadata: true, ..Selection::default() };
    let Answer::Found(text) = cluster.list(&resource, namespace, &selection).await.ok()? else {
        return None;
    };
    let list: Value = serde_json::from_str(&text).ok()?;
    let items = list.get("items")?.as_array()?.iter();
    Some(items.filter_map(|i| Some(line(i.pointer("/metadata/name")?.as_str()?, 253))).collect())
}

/// The flags typed so far, as far as they can be understood before the line is whole.
fn common(before: &[String]) -> Common {
    let plugin = command();
    let mut words = vec!["kubectl-blame".to_owned()];
    let mut rest = before.iter().peekable();
    while let Some(word) = rest.next() {
        let long = word.strip_prefix("--").map(|w| w.split('=').next().unwrap_or(w));
        let is_it = |arg: &&Arg| match long {
            Some(long) => arg.get_long() == Some(long),
            None => word.starts_with('-') && arg.get_short() == word.chars().nth(1),
        };
        let Some(arg) = plugin.get_arguments().filter(|a| a.is_global_set()).find(is_it) else {
            continue;
        };
        words.push(word.clone());
        if arg.get_action().takes_values() && !word.contains('=') {
            words.extend(rest.next().cloned());
        }
    }
    Cli::try_parse_from(words)
        .or_else(|_| Cli::try_parse_from(["kubectl-blame"]))
        .map(|cli| cli.args.common)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let mut out = Vec::new();
        write(&words, &mut out).expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn commands_kinds_and_flags_are_offered() {
        let first = offered(&[""]);
        assert!(first.contains("wait\t") && first.contains("deployment/\n"), "{first}");
        assert!(!first.contains("__complete"), "{first}");
        let flags = offered(&["wait", "--t"]);
        assert!(flags.starts_with("--timeout\t") && flags.ends_with(":4\n"), "{flags}");
        assert!(offered(&["-n", "x", "tree", "--n"]).contains("--namespace"));
        assert!(offered(&["wait", "-o", ""]).contains("json"));
        assert_eq!(offered(&["completion", "z"]), "zsh\n:4\n");
    }

    #[test]
    fn files_are_left_to_the_shell() {
        assert_eq!(offered(&["-f", ""]), ":0\n");
        assert_eq!(offered(&["replay", ""]), ":0\n");
    }

    #[test]
    fn a_half_typed_line_is_understood_as_far_as_it_goes() {
        let words = ["wait", "--bogus", "-n", "shop", "--timeout"].map(str::to_owned);
        assert_eq!(common(&words).namespace.as_deref(), Some("shop"));
    }
}
