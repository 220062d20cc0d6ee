//! The words for what a report says in fields.

use super::Look;
use super::age::age;
use super::text::{Text, Tone};
use crate::report::{
    Author, Cause, CauseClass, Confidence, ContainerDetail, ContainerType, FieldChange, Finding,
    Moment, ObjectRef, Symptom, TriggerClass, Verdict,
};

/// The word for a verdict, and how it looks.
pub(in crate::plugin) fn verdict(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Unknown => (Tone::Unsure, "unknown"),
        Verdict::Failing => (Tone::Bad, "failing"),
        Verdict::Stuck => (Tone::Bad, "stuck"),
        Verdict::Progressing => (Tone::Change, "progressing"),
        Verdict::Healthy => (Tone::Good, "healthy"),
    }
}

/// How sure a cause is.
pub(in crate::plugin) fn certainty(cause: &Cause) -> &'static str {
    match cause.confidence {
        Some(Confidence::Certain) => "certain",
        Some(Confidence::Likely) => "likely",
        Some(Confidence::Possible) => "possible",
        None => "not known",
    }
}

/// `ConfigMap app-config`; an object of another namespace has no name.
pub(in crate::plugin) fn object(object: &ObjectRef) -> String {
    match (&object.name, &object.namespace) {
        (Some(name), _) => format!("{} {name}", object.kind),
        (None, _) => format!("a {} of another namespace", object.kind),
    }
}

/// Who made a change: the user where proven, else the field manager, and the tool behind it.
pub(in crate::plugin) fn who(by: &Author) -> Option<String> {
    let named = match (&by.user, &by.manager) {
        (Some(user), Some(manager)) => format!("{user} ({manager})"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return by.via.as_ref().map(|via| format!("{} {}", via.kind, via.name)),
    };
    let Some(via) = &by.via else { return Some(named) };
    let revision = via.revision.as_ref().map(|r| format!(" revision {r}")).unwrap_or_default();
    Some(format!("{named} via {} {}{revision}", via.kind, via.name))
}

/// `edited 20s ago by kubectl-edit`.
pub(in crate::plugin) fn done(
    verb: &str,
    time: Option<Moment>,
    not_before: Option<Moment>,
    by: Option<&Author>,
    look: &Look,
) -> Text {
    let ago = time.map(|time| age(time, look.now));
    let since =
        not_before.map(|time| age(time, look.now)).filter(|since| Some(since) != ago.as_ref());
    let when = match (since, ago) {
        (Some(since), Some(ago)) => format!(" between {since} and {ago} ago"),
        (None, Some(ago)) => format!(" {ago} ago"),
        (_, None) => String::new(),
    };
    let text = Text::plain(format!("{verb}{when}"));
    match by.and_then(who) {
        Some(who) => text.and(Tone::Plain, " by ").and(Tone::Change, who),
        None => text,
    }
}

/// What was done to the object of a cause.
pub(in crate::plugin) fn verb(cause: &Cause) -> &'static str {
    match cause.class {
        CauseClass::Revision if cause.changes.is_empty() && cause.revision.unwrap_or(1) <= 1 => {
            "created"
        }
        CauseClass::Revision | CauseClass::DirectPodEdit => "edited",
        CauseClass::Rollback => "rolled back",
        CauseClass::Restart => "restarted",
        CauseClass::Scale | CauseClass::Autoscaler => "scaled",
        CauseClass::ImageDigest => "got another image under the same tag",
        CauseClass::Conflict => "fought over",
        _ => "changed",
    }
}

/// `image busybox:v1 → busybox:v2 (container main)`.
pub(in crate::plugin) fn change(change: &FieldChange) -> Text {
    let (subject, place) = subject(&change.path);
    let text = Text::plain(subject);
    let text = match (&change.from, &change.to) {
        (Some(from), Some(to)) => {
            text.and(Tone::Plain, format!(" {from} → ")).and(Tone::Change, to)
        }
        (None, Some(to)) => text.and(Tone::Plain, " set to ").and(Tone::Change, to),
        (Some(from), None) => text.and(Tone::Plain, format!(" removed (was {from})")),
        (None, None) => text.and(Tone::Plain, " changed"),
    };
    text.and(Tone::Aside, place)
}

/// The same from the side of the effect: `image busybox:v2 (updated from busybox:v1)`.
pub(in crate::plugin) fn change_seen(change: &FieldChange, container: Option<&str>) -> Text {
    let (Some(from), Some(to)) = (&change.from, &change.to) else { return self::change(change) };
    let (subject, place) = subject(&change.path);
    // The container is named by the line above where there is only one of interest.
    let is_named = container.is_some_and(|name| place == format!(" (container {name})"));
    Text::plain(format!("{subject} "))
        .and(Tone::Change, to)
        .and(Tone::Plain, format!(" (updated from {from})"))
        .and(Tone::Aside, if is_named { "" } else { &place })
}

/// A path as people say it, and where it is: `image`, ` (container main)`.
fn subject(path: &str) -> (String, String) {
    let lists = [
        ("containers[", "container"),
        ("initContainers[", "init container"),
        ("ephemeralContainers[", "debug container"),
    ];
    for (list, what) in lists {
        let Some((name, rest)) = path.strip_prefix(list).and_then(|rest| rest.split_once(']'))
        else {
            continue;
        };
        return match rest.strip_prefix('.') {
            Some(field) => (field.to_owned(), format!(" ({what} {name})")),
            None => (format!("{what} {name}"), String::new()),
        };
    }
    for (map, what) in [("metadata.annotations[", "annotation"), ("metadata.labels[", "label")] {
        if let Some(key) = path.strip_prefix(map).and_then(|rest| rest.strip_suffix(']')) {
            return (format!("{what} {key}"), String::new());
        }
    }
    (path.to_owned(), String::new())
}

/// `container [main]`, `init container [setup]`.
pub(in crate::plugin) fn container(type_: ContainerType, name: &str) -> String {
    let what = match type_ {
        ContainerType::Container | ContainerType::Unknown => "container",
        ContainerType::Init => "init container",
        ContainerType::Sidecar => "sidecar",
        ContainerType::Ephemeral => "debug container",
    };
    format!("{what} [{name}]")
}

/// Words that name no trouble: a container that is on its way, or has done its work.
const HARMLESS: &[&str] = &["Completed", "ContainerCreating", "PodInitializing"];

/// Whether a container is in trouble.
pub(in crate::plugin) fn is_bad(container: &ContainerDetail) -> bool {
    container.reason.as_deref().is_some_and(|reason| !HARMLESS.contains(&reason))
}

/// `ERROR: container [main] exited with code 3 (4 restarts, last 5s ago): CrashLoopBackOff`.
pub(in crate::plugin) fn container_error(
    it: &ContainerDetail,
    finding: Option<&Finding>,
    look: &Look,
) -> Text {
    let reason = it.reason.as_deref().unwrap_or_default();
    // An image volume's pull is told of as the container's: then the words name another image.
    let said_of = finding.and_then(|f| f.symptom.message.as_deref());
    let is_named = |image: &&str| said_of.is_none_or(|said| said.contains(image));
    let does = does(reason, it.exit_code, it.image.as_deref().filter(is_named));
    let mut restarts = Vec::new();
    if it.restarts > 0 {
        let s = if it.restarts == 1 { "" } else { "s" };
        restarts.push(format!("{} restart{s}", it.restarts));
    }
    if let Some(finished) = it.last_finished_at {
        restarts.push(format!("last {} ago", age(finished, look.now)));
    }
    let mut text = error().and(Tone::Plain, format!("{} {does}", container(it.type_, &it.name)));
    if !restarts.is_empty() {
        text = text.and(Tone::Aside, format!(" ({})", restarts.join(", ")));
    }
    text.and(Tone::Plain, ": ").and(Tone::Bad, reason).then(said(finding.map(|f| &f.symptom)))
}

/// The same of a symptom, where the container itself is not shown.
pub(in crate::plugin) fn symptom_error(it: &Symptom) -> Text {
    let text = match &it.container {
        Some(name) => {
            let type_ = it.container_type.unwrap_or(ContainerType::Container);
            let does = does(&it.reason, it.exit_code, None);
            error().and(Tone::Plain, format!("{} {does}: ", container(type_, name)))
        }
        None => error(),
    };
    text.and(Tone::Bad, &it.reason).then(said(Some(it)))
}

fn error() -> Text {
    Text::default().and(Tone::Bad, "ERROR: ")
}

/// What Kubernetes says of it; of a crash the exit code says all.
fn said(symptom: Option<&Symptom>) -> Text {
    let message =
        symptom.filter(|s| s.reason != "CrashLoopBackOff").and_then(|s| s.message.as_ref());
    message.map_or_else(Text::default, |message| Text::plain(format!(" - {message}")))
}

fn does(reason: &str, exit_code: Option<i32>, image: Option<&str>) -> String {
    match (reason, exit_code) {
        ("OOMKilled", _) => "was killed for the memory it used".into(),
        ("ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName", _) => {
            image.map_or_else(
                || "cannot pull its image".into(),
                |i| format!("cannot pull image {i}"),
            )
        }
        ("ContainersNotInitialized", _) => "does not end".into(),
        ("Unhealthy", None | Some(0)) => "fails its probe".into(),
        (_, Some(code)) => format!("exited with code {code}"),
        (reason, None) if reason.contains("Error") => "cannot start".into(),
        (_, None) => "does not run".into(),
    }
}

/// What made the failing instance read the cause, where that is not the change itself.
pub(in crate::plugin) fn trigger(finding: &Finding, look: &Look) -> Option<Text> {
    let trigger = finding.trigger.as_ref()?;
    let what = match trigger.class {
        TriggerClass::Rollout if !finding.cause.class.names_revision() => "by the rollout",
        TriggerClass::Restart if finding.cause.class != CauseClass::Restart => {
            "by a restart of the rollout"
        }
        TriggerClass::Rollback if finding.cause.class != CauseClass::Rollback => "by a rollback",
        TriggerClass::Scale if finding.cause.class != CauseClass::Scale => "by scaling",
        TriggerClass::Autoscaler => "by the autoscaler's pod",
        TriggerClass::ContainerRestart => "when the container restarted",
        TriggerClass::Eviction => "by the pod made after an eviction",
        TriggerClass::Preemption => "by the pod made after a preemption",
        TriggerClass::NodeAdded => "by the pod for a new node",
        TriggerClass::NodeReplacement => "by the pod made after a node was lost",
        TriggerClass::PodDeleted => "by the pod made after one was deleted",
        TriggerClass::Schedule => "by the scheduled run",
        TriggerClass::ManualRun => "by a run started by hand",
        _ => return None,
    };
    let when = trigger.time.map(|t| format!(" {} ago", age(t, look.now))).unwrap_or_default();
    Some(Text::default().and(Tone::Aside, format!("first met {what}{when}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, from: Option<&str>, to: Option<&str>) -> String {
        let look =
            Look { now: jiff::Timestamp::UNIX_EPOCH, width: None, colour: false, ascii: false };
        let it =
            FieldChange { path: path.into(), from: from.map(Into::into), to: to.map(Into::into) };
        change(&it).lines(&look, None).concat()
    }

    #[test]
    fn changes_read_as_people_say_them() {
        assert_eq!(
            said("containers[main].image", Some("b:v1"), Some("b:v2")),
            "image b:v1 → b:v2 (container main)"
        );
        assert_eq!(
            said("containers[main].command", None, None),
            "command changed (container main)"
        );
        assert_eq!(said("initContainers[a]", Some("x"), None), "init container a removed (was x)");
        assert_eq!(said("metadata.annotations[a/b]", None, None), "annotation a/b changed");
        assert_eq!(said("data[KEY]", None, None), "data[KEY] changed");
        assert_eq!(said("spec.replicas", Some("2"), Some("5")), "spec.replicas 2 → 5");
        assert_eq!(said("containers[", None, None), "containers[ changed");
    }
}
