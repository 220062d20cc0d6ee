//! Kinds as people type them.

use super::failure::Failure;
use super::verb;
use crate::observe::{KINDS, KindInfo};

/// The short names of the API server, for the kinds that are known without asking it.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("po", "Pod"),
    ("deploy", "Deployment"),
    ("rs", "ReplicaSet"),
    ("sts", "StatefulSet"),
    ("ds", "DaemonSet"),
    ("rc", "ReplicationController"),
    ("cj", "CronJob"),
    ("ev", "Event"),
    ("cm", "ConfigMap"),
    ("no", "Node"),
    ("ns", "Namespace"),
    ("quota", "ResourceQuota"),
    ("limits", "LimitRange"),
    ("pvc", "PersistentVolumeClaim"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("sa", "ServiceAccount"),
];

/// A kind as someone typed it: `deploy`, `Deployments`, `rollouts.argoproj.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KindWord {
    /// The word, lower case, without group.
    word: String,
    /// The group, where it was given; may carry a version in front (`v1.apps`).
    group: Option<String>,
}

impl KindWord {
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        match text.split_once('.') {
            Some((word, group)) => Self { word: word.into(), group: Some(group.into()) },
            None => Self { word: text, group: None },
        }
    }

    /// The other words for a built-in kind.
    pub(super) fn aliases(&self) -> Vec<String> {
        let Some(info) = self.built_in() else { return Vec::new() };
        let short = SHORT_NAMES.iter().filter(|(_, kind)| *kind == info.kind);
        let short = short.map(|(short, _)| (*short).to_owned());
        short.chain([info.kind.to_lowercase(), info.plural.to_owned()]).collect()
    }

    /// The built-in kind it names.
    pub(super) fn built_in(&self) -> Option<&'static KindInfo> {
        KINDS.iter().find(|info| self.names(info.kind, info.group))
    }

    /// Whether it names a kind of a group.
    pub(super) fn names(&self, kind: &str, group: &str) -> bool {
        let short = SHORT_NAMES.iter().find(|(short, _)| *short == self.word);
        let same = if let Some((_, long)) = short {
            *long == kind
        } else {
            let kind = kind.to_ascii_lowercase();
            self.word == kind || self.word == plural(&kind)
        };
        same && self.is_group(group)
    }

    /// The same with the short names that the server gives.
    pub(super) fn names_served(&self, kind: &str, group: &str, short_names: &[String]) -> bool {
        self.names(kind, group) || short_names.contains(&self.word) && self.is_group(group)
    }

    /// Whether it is the plural of a resource, which need not follow from its kind.
    pub(super) fn names_plural(&self, plural: &str, group: &str) -> bool {
        self.word == plural && self.is_group(group)
    }

    fn is_group(&self, group: &str) -> bool {
        self.group.as_ref().is_none_or(|asked| {
            let unversioned = asked.split_once('.').map(|(_, rest)| rest);
            asked == group || unversioned == Some(group) || (group.is_empty() && asked == "v1")
        })
    }
}

impl std::fmt::Display for KindWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.word)?;
        self.group.iter().try_for_each(|group| write!(f, ".{group}"))
    }
}

/// The plural that Kubernetes makes of a kind by default.
fn plural(kind: &str) -> String {
    let stem = kind.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with(['s', 'x', 'z']) || kind.ends_with("ch") || kind.ends_with("sh") => {
            format!("{kind}es")
        }
        None => format!("{kind}s"),
    }
}

/// One thing asked for: a kind, and a name, or every object of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: KindWord,
    pub(super) name: Option<String>,
}

/// Reads what was asked for as kubectl does: `deploy/web pod/x`, or `deployment web db`,
/// or kinds alone, `deploy,sts`.
pub(super) fn targets(words: &[String]) -> Result<Vec<Target>, Failure> {
    let with_slash = words.iter().filter(|word| word.contains('/')).count();
    if with_slash == words.len() {
        return words.iter().map(|word| slashed(word)).collect();
    }
    if let Some(mixed) = words.iter().find(|word| word.contains('/')) {
        if let Some(failure) = misread(words) {
            return Err(failure);
        }
        return Err(Failure::new(format!(
            "{mixed} beside {}: name either every object as KIND/NAME, or one kind and then its names",
            words.iter().find(|word| !word.contains('/')).map_or("", |word| word),
        )));
    }
    let [kinds, names @ ..] = words else { return Ok(Vec::new()) };
    let kinds = kinds.split(',').filter(|kind| !kind.is_empty()).map(KindWord::new);
    if names.is_empty() {
        return Ok(kinds.map(|kind| Target { kind, name: None }).collect());
    }
    let names: Vec<&String> = names.iter().collect();
    Ok(kinds
        .flat_map(|kind| {
            names
                .iter()
                .map(|name| Target { kind: kind.clone(), name: Some((*name).clone()) })
                .collect::<Vec<_>>()
        })
        .collect())
}

/// What a word that is neither KIND/NAME nor a kind was meant for: a command.
fn misread(words: &[String]) -> Option<Failure> {
    let is_plain = |word: &&String| !word.contains('/') && KindWord::new(word).built_in().is_none();
    let word = words.iter().find(is_plain)?;
    let verb = verb::like(word)?;
    if verb == *word {
        return Some(Failure::new(format!("write {verb} first: kubectl blame {verb} KIND/NAME")));
    }
    Some(Failure::new(format!("there is no command {word}; did you mean kubectl blame {verb}?")))
}

fn slashed(word: &str) -> Result<Target, Failure> {
    match word.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(Target { kind: KindWord::new(kind), name: Some(name.to_owned()) })
        }
        _ => {
            Err(Failure::new(format!("{word:?} names no object: write KIND/NAME, e.g. deploy/web")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn kinds_are_known_as_kubectl_knows_them() {
        for word in
            ["deploy", "Deployment", "deployments", "deployments.apps", "DEPLOYMENT.v1.apps"]
        {
            assert_eq!(
                KindWord::new(word).built_in().map(|k| k.kind),
                Some("Deployment"),
                "{word}"
            );
        }
        for (word, kind) in [("po", "Pod"), ("cj", "CronJob"), ("networkpolicies", "")] {
            let found = KindWord::new(word).built_in().map_or("", |k| k.kind);
            assert_eq!(found, kind, "{word}");
        }
        assert!(KindWord::new("rollouts.argoproj.io").names("Rollout", "argoproj.io"));
        assert!(KindWord::new("networkpolicies").names("NetworkPolicy", "networking.k8s.io"));
        assert!(KindWord::new("pods.v1").names("Pod", ""));
        let short = ["ro".to_owned()];
        assert!(KindWord::new("ro").names_served("Rollout", "argoproj.io", &short));
        assert!(!KindWord::new("ro.example.com").names_served("Rollout", "argoproj.io", &short));
        assert!(!KindWord::new("deploy.extensions").names("Deployment", "apps"));
    }

    #[test]
    fn objects_are_named_as_kubectl_takes_them() {
        let target = |kind: &str, name: Option<&str>| Target {
            kind: KindWord::new(kind),
            name: name.map(str::to_owned),
        };
        for (text, expected) in [
            ("", vec![]),
            ("deploy/web pod/x", vec![target("deploy", Some("web")), target("pod", Some("x"))]),
            (
                "deployment a b",
                vec![target("deployment", Some("a")), target("deployment", Some("b"))],
            ),
            ("deploy,sts", vec![target("deploy", None), target("sts", None)]),
        ] {
            assert_eq!(targets(&words(text)).expect(text), expected, "{text}");
        }
        for wrong in ["deploy/web pod", "/x", "deploy/", "a/b/c"] {
            assert!(targets(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
