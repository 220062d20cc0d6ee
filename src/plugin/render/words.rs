//! The words for what a report says in fields.

use super::Look;
use super::age::age;
use super::text::{Text, Tone};
use crate::report::{
    Author, Cause, CauseClass, Confidence, ContainerDetail, ContainerType, Finding, Moment,
    ObjectRef, Symptom, Trigger, TriggerClass, Verdict,
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

/// Why a cause is not known, where the sentence around it says that it is not.
pub(in crate::plugin) fn unknown(cause: &Cause) -> &str {
    cause.summary.strip_prefix("unknown: ").unwrap_or(&cause.summary)
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
        _ => CHANGED,
    }
}

/// The word for what has none of its own.
pub(in crate::plugin) const CHANGED: &str = "changed";

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
    let symptom = finding.map(|f| &f.symptom);
    let said_of = symptom.and_then(|s| s.message.as_deref());
    // An image volume's pull is told of as the container's: then the words name another image.
    let is_other = |said: &str, image: &str| said.contains("image") && !said.contains(image);
    let is_named = |image: &&str| !said_of.is_some_and(|said| is_other(said, image));
    let by_probe = said_of.and_then(killed_by);
    let does = match by_probe {
        Some(probe) => format!("was killed by its {probe}"),
        None => does(reason, it.exit_code, it.image.as_deref().filter(is_named)),
    };
    let s = if it.restarts == 1 { "" } else { "s" };
    let count = (it.restarts > 0).then(|| format!("{} restart{s}", it.restarts));
    let last = it.last_finished_at.map(|finished| (finished, age(finished, look.now)));
    let restarts = match (count, last) {
        // The next run has ended since, and no report is written for a count.
        (Some(count), Some((at, ago))) if is_long_ago(at, look) => {
            format!("{count} as of {ago} ago")
        }
        (Some(count), Some((_, ago))) => format!("{count}, last {ago} ago"),
        (Some(count), None) => count,
        (None, Some((_, ago))) => format!("last {ago} ago"),
        (None, None) => String::new(),
    };
    let mut text = error().and(Tone::Plain, format!("{} {does}", container(it.type_, &it.name)));
    if !restarts.is_empty() {
        text = text.and(Tone::Aside, format!(" ({restarts})"));
    }
    let text = text.and(Tone::Plain, ": ").and(Tone::Bad, reason);
    if by_probe.is_some() { text } else { text.then(said(symptom)) }
}

/// Whether a container that dies again and again must have ended again since: the kubelet waits
/// five minutes at most.
fn is_long_ago(ended: Moment, look: &Look) -> bool {
    look.now.duration_since(ended.timestamp()).as_secs() > LONGEST_BACK_OFF
}

/// The longest pause between two runs, with some time to run, in seconds.
const LONGEST_BACK_OFF: i64 = 360;

/// The probe that the kubelet says it killed a container for.
fn killed_by(message: &str) -> Option<&'static str> {
    let said = message.strip_prefix("Container ")?.strip_suffix(" probe, will be restarted")?;
    [("liveness", "liveness probe"), ("startup", "startup probe")]
        .into_iter()
        .find_map(|(kind, probe)| said.ends_with(kind).then_some(probe))
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

/// What Kubernetes says of it, or the container itself in its last message.
fn said(symptom: Option<&Symptom>) -> Text {
    // How long the kubelet waits for the next run says nothing of this one.
    let message = symptom.and_then(|s| s.message.as_ref()).filter(|m| !m.starts_with("back-off "));
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
        // What it exited with was the kubelet's doing.
        ("PostStartHookError", _) => "was ended, for its postStart hook failed".into(),
        (_, Some(code)) => format!("exited with code {code}"),
        (reason, None) if reason.contains("Error") => "cannot start".into(),
        (_, None) => "does not run".into(),
    }
}

/// Whether what was rolled out is a Job, which runs but once.
fn is_run(trigger: &Trigger) -> bool {
    trigger.object.as_ref().is_some_and(|object| object.kind == "Job")
}

/// What made the failing instance read the cause, where that is not the change itself.
pub(in crate::plugin) fn trigger(finding: &Finding, look: &Look) -> Option<Text> {
    let trigger = finding.trigger.as_ref()?;
    let what = match trigger.class {
        TriggerClass::Rollout if finding.cause.class.names_revision() => return None,
        TriggerClass::Rollout if is_run(trigger) => "by the Job's run",
        TriggerClass::Rollout => "by the rollout",
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
