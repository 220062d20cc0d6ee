//! What a report says, in words: plain sentences that name the object and the number.

use super::cause::Candidate;
use super::revision::Revision;
use super::scene::{PodView, Scene, object_ref};
use super::step::Step;
use super::symptom::{self, Before, Detail, Symptom, job};
use super::{trigger, verdict};
use crate::observe::line;
use crate::report::{self, CauseClass, ContainerType, Evidence, Finding, Trigger, Verdict};
use jiff::Timestamp;

/// How many pods a symptom names.
pub(super) const MAX_EXAMPLES: usize = 3;

/// A symptom as the report shows it.
pub(super) fn symptom(symptom: &Symptom<'_>) -> report::Symptom {
    report::Symptom {
        reason: symptom.reason.to_string(),
        message: symptom.message.clone(),
        container: symptom.container.as_deref().map(str::to_owned),
        container_type: symptom.container_type,
        exit_code: symptom.exit_code,
        pods: i32::try_from(symptom.instances.len()).unwrap_or(i32::MAX),
        examples: symptom
            .instances
            .iter()
            .take(MAX_EXAMPLES)
            .map(|i| i.view.name().to_owned())
            .collect(),
        first_seen: symptom.first.into(),
        last_seen: symptom.last.into(),
    }
}

/// The fact that shows the symptom.
pub(super) fn evidence(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Option<Evidence> {
    let Some(instance) = symptom.first_instance() else {
        return (symptom.step != Step::Create).then(|| Evidence {
            object: object_ref(scene.root),
            field: "status.conditions".to_owned(),
            value: Some(symptom.reason.to_string()),
            time: Some(symptom.first.into()),
        });
    };
    let container = symptom.container.as_deref()?;
    let (field, value) = match symptom.exit_code {
        Some(code) => (
            format!("status.containerStatuses[{container}].lastState.terminated.exitCode"),
            code.to_string(),
        ),
        None => {
            (format!("status.containerStatuses[{container}].state"), symptom.reason.to_string())
        }
    };
    Some(Evidence {
        object: object_ref(instance.view.object),
        field,
        value: Some(value),
        time: Some(instance.first_bad.into()),
    })
}

/// Whether all that show it had been ready before.
fn was_ready(symptom: &Symptom<'_>) -> bool {
    !symptom.instances.is_empty() && symptom.instances.iter().all(|i| i.before >= Before::Ready)
}

/// The symptom as a clause: `container main exits with code 3`.
pub(super) fn clause(symptom: &Symptom<'_>) -> String {
    let who = match (symptom.container.as_deref(), symptom.container_type) {
        (Some(name), Some(ContainerType::Init)) => format!("init container {name}"),
        (Some(name), Some(ContainerType::Sidecar)) => format!("sidecar {name}"),
        (Some(name), _) => format!("container {name}"),
        (None, _) if symptom.instances.is_empty() => String::new(),
        (None, _) => "the pod".to_owned(),
    };
    let does = match (&*symptom.reason, &symptom.detail, symptom.exit_code) {
        ("OOMKilled", ..) => "runs out of memory and is killed".to_owned(),
        ("StartError", ..) => "cannot be started".to_owned(),
        ("ErrImagePull", ..) => "cannot pull its image".to_owned(),
        ("InvalidImageName", ..) => "has an invalid image name".to_owned(),
        ("ErrImageNeverPull", ..) => "may not pull its image, which is not on the node".to_owned(),
        ("CreateContainerConfigError", Detail::Missing { kind, name, key: Some(key) }, _) => {
            format!("needs key {key} of {kind} {name}")
        }
        ("CreateContainerConfigError", Detail::Missing { kind, name, key: None }, _) => {
            format!("needs {kind} {name}")
        }
        ("CreateContainerConfigError", ..) => "cannot be configured".to_owned(),
        ("CreateContainerError", ..) => "cannot be created".to_owned(),
        ("ContainersNotInitialized", ..) => "does not end".to_owned(),
        ("Unhealthy", ..) if was_ready(symptom) => "is not ready any more".to_owned(),
        ("Unhealthy", ..) => "never becomes ready".to_owned(),
        ("Unschedulable", ..) => "finds no node".to_owned(),
        ("FailedCreate" | symptom::NO_SET | "NamespaceTerminating", ..) => {
            return "its pods cannot be created".to_owned();
        }
        ("FailedMount", ..) => "cannot mount a volume".to_owned(),
        ("FailedAttachVolume", ..) => "waits for a volume to be attached".to_owned(),
        ("FailedCreatePodSandBox", Detail::Oom, _) => {
            "has too little memory for a sandbox".to_owned()
        }
        ("FailedCreatePodSandBox", ..) => "gets no sandbox".to_owned(),
        ("Evicted", ..) => "is evicted".to_owned(),
        ("NodeNotReady", ..) => "is on a node that does not answer".to_owned(),
        ("Conflict", ..) => return "what is wanted changes to and fro".to_owned(),
        ("Terminating", Detail::RootHeld, _) => return "its deletion does not end".to_owned(),
        ("NodeNotFound", ..) => "is for a node that does not exist".to_owned(),
        ("FailedResourceClaimCreation", ..) => "waits for a claim that cannot be made".to_owned(),
        ("Pending", ..) => "is looked at by no scheduler".to_owned(),
        ("SchedulingGated", ..) => "waits for a scheduling gate to be lifted".to_owned(),
        ("Terminating", ..) => return "an old pod does not go".to_owned(),
        ("ProgressDeadlineExceeded", ..) => return "the rollout makes no progress".to_owned(),
        (
            "BackoffLimitExceeded"
            | "DeadlineExceeded"
            | "PodFailurePolicy"
            | "MaxFailedIndexesExceeded"
            | "FailedIndexes",
            ..,
        ) => return format!("the Job failed ({})", symptom.reason),
        (_, Detail::ProbeKill, Some(code)) => format!("is killed by its probe (exit code {code})"),
        (_, _, Some(0)) => "ends with code 0, again and again".to_owned(),
        (_, _, Some(code)) => format!("exits with code {code}"),
        (reason, ..) => format!("fails: {reason}"),
    };
    format!("{who} {does}").trim().to_owned()
}

/// A cause in one sentence.
pub(super) fn cause(
    scene: &Scene<'_>,
    symptom: &Symptom<'_>,
    candidate: &Candidate,
    trigger: &Trigger,
) -> String {
    let _ = scene;
    let by = by_and_when(candidate, symptom.first);
    let what = Some(candidate.what.as_str()).filter(|w| !w.is_empty());
    let head = match (candidate.class, candidate.revision) {
        (CauseClass::Revision, Some(n)) => format!("revision {n}"),
        (CauseClass::Rollback, Some(n)) => format!("rollback (revision {n})"),
        (CauseClass::Revision, None) => "the template".to_owned(),
        _ => what.unwrap_or("a change").to_owned(),
    };
    let inner = match candidate.class {
        CauseClass::Revision | CauseClass::Rollback => {
            [what.map(str::to_owned), by].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        _ => by.unwrap_or_default(),
    };
    let head = if inner.is_empty() { head } else { format!("{head} ({inner})") };
    if trigger::is_same_edit(candidate.class, trigger)
        || matches!(trigger.class, report::TriggerClass::None | report::TriggerClass::Unknown)
    {
        head
    } else {
        format!("{head}, made visible by {}", trigger_phrase(trigger))
    }
}

fn trigger_phrase(trigger: &Trigger) -> &'static str {
    use report::TriggerClass as T;
    match trigger.class {
        T::Rollout if trigger.object.as_ref().is_some_and(|o| o.kind == "Job") => "the Job's run",
        T::Rollout => "a rollout",
        T::Restart => "a restart of the rollout",
        T::Rollback => "a rollback",
        T::Scale => "a scale-up",
        T::Autoscaler => "an autoscaler's scale-up",
        T::ContainerRestart => "a restart of the container",
        T::Eviction => "an eviction",
        T::Preemption => "a preemption",
        T::NodeAdded => "a new node",
        T::NodeReplacement => "the loss of a node",
        T::PodDeleted => "a pod's replacement",
        T::DirectPodEdit => "an edit of the pod",
        T::Schedule => "a scheduled run",
        T::ManualRun => "a run started by hand",
        T::OwnerChange => "a change of owner",
        T::NamespaceDeletion => "the namespace's deletion",
        T::None | T::Unknown => "an unknown event",
    }
}

/// `by ci 20s before`, as far as either is known.
fn by_and_when(candidate: &Candidate, first: Timestamp) -> Option<String> {
    let manager = candidate.by.as_ref().and_then(|by| by.manager.clone());
    let via = candidate
        .by
        .as_ref()
        .and_then(|by| by.via.as_ref())
        .map(|via| format!(" via {} {}", via.kind, via.name));
    let when = candidate.time.map(|time| before(time, first));
    match (manager, when) {
        (Some(manager), when) => Some(format!(
            "by {manager}{}{}",
            via.unwrap_or_default(),
            when.map(|w| format!(" {w}")).unwrap_or_default()
        )),
        (None, Some(when)) => Some(when),
        (None, None) => None,
    }
}

/// How long before the first failure something happened.
fn before(time: Timestamp, first: Timestamp) -> String {
    let seconds = first.as_second() - time.as_second();
    if seconds <= 0 { "just before".to_owned() } else { format!("{} before", short(seconds)) }
}

/// Seconds as `20s`, `3m`, `2h`, `4d`.
fn short(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The evidence ends: what was looked at.
pub(super) fn unknown(scene: &Scene<'_>, symptom: &Symptom<'_>, found: &[Candidate]) -> String {
    let missing: Vec<&str> = scene.stale(|_| true).into_iter().map(|(kind, _)| kind).collect();
    let looked = match symptom.step {
        Step::Pull => "the image and its pull secrets did not change in a way that explains it",
        Step::Run | Step::Start | Step::Probe => {
            "no change of the template, of its ConfigMaps or of its images explains it"
        }
        Step::Create => "the API server's words name nothing that is known",
        Step::Schedule | Step::Volumes | Step::Sandbox | Step::Config | Step::Stay => {
            "no change that is known explains it"
        }
    };
    let killed = match (&symptom.detail, symptom.exit_code) {
        (Detail::Killed, Some(code)) => {
            format!(" (code {code}: killed from outside, and no event says by whom)")
        }
        _ => String::new(),
    };
    let possible = if found.is_empty() {
        ""
    } else {
        "; what only its time speaks for is listed as contributor"
    };
    let unseen = if missing.is_empty() {
        String::new()
    } else {
        format!("; not seen: {}", missing.join(", "))
    };
    format!("unknown: {looked}{killed}{possible}{unseen}")
}

/// The whole answer in one sentence.
pub(super) fn summary(
    scene: &Scene<'_>,
    verdict: Verdict,
    findings: &[Finding],
    symptoms: &[Symptom<'_>],
    broken_in_turn: Option<&str>,
) -> String {
    let text = match (verdict, findings.first(), symptoms.first()) {
        (Verdict::Failing | Verdict::Stuck, Some(finding), Some(symptom)) => {
            broken(scene, finding, symptom)
        }
        (Verdict::Healthy, ..) => healthy(scene),
        (Verdict::Progressing, ..) => progressing(scene),
        _ => {
            let kinds: Vec<String> = scene
                .stale_chain()
                .into_iter()
                .map(|(kind, why)| format!("{kind} ({why:?})"))
                .collect();
            format!("cannot be judged: not synced: {}", kinds.join(", "))
        }
    };
    let text = match broken_in_turn {
        Some(what) => format!("{text}; {what}"),
        None => text,
    };
    line(&text, 1_024)
}

fn broken(scene: &Scene<'_>, finding: &Finding, symptom: &Symptom<'_>) -> String {
    let clause = clause(symptom);
    let scope = match finding.symptom.pods {
        0 => String::new(),
        n => format!(" {n} of {} pods", desired(scene).max(n)),
    };
    let cause = &finding.cause;
    if cause.class == CauseClass::Unknown {
        let pods = if scope.is_empty() { String::new() } else { format!(" in{scope}") };
        return format!("{clause}{pods}; cause {}", cause.summary);
    }
    if !matches!(cause.class, CauseClass::Revision | CauseClass::Rollback) || !cause.is_blame() {
        let possibly = if cause.is_blame() { "" } else { "possibly " };
        let pods = if scope.is_empty() { String::new() } else { format!(" in{scope}") };
        return format!("{clause}{pods}: {possibly}{}", cause.summary);
    }
    let object = if scope.is_empty() { " the rollout".to_owned() } else { scope };
    format!("{} broke{object}: {clause}", cause.summary)
}

/// How many pods the root wants.
pub(super) fn desired(scene: &Scene<'_>) -> i32 {
    scene.workload().map_or_else(
        || i32::try_from(scene.counting().count()).unwrap_or(i32::MAX),
        |w| w.status.desired.or(w.replicas).unwrap_or(1),
    )
}

fn healthy(scene: &Scene<'_>) -> String {
    let ready = scene.counting().filter(|view| view.is_ready()).count();
    match scene.current().and_then(|(_, r)| r.number) {
        Some(number) if desired(scene) == 0 => format!("revision {number}: scaled to 0"),
        Some(number) => format!("revision {number}: {ready} of {} pods ready", desired(scene)),
        None if scene.root.kind() == "Job" => {
            let is_suspended =
                scene.workload().is_some_and(|w| w.paused && !verdict::has(w, "Complete"));
            if is_suspended { "the Job is suspended" } else { "the Job is complete" }.to_owned()
        }
        None if scene.root.kind() == "CronJob" => {
            let is_suspended = scene.workload().is_some_and(|w| w.paused);
            match job::newest(scene) {
                _ if is_suspended => "the CronJob is suspended",
                Some(_) => "the newest Job is complete",
                None => "no Job has run yet",
            }
            .to_owned()
        }
        None => format!("{ready} of {} pods ready", desired(scene)),
    }
}

fn progressing(scene: &Scene<'_>) -> String {
    let wanted = desired(scene);
    let of = |at: usize| scene.counting().filter(move |view| view.revision == Some(at));
    let ready = |views: &mut dyn Iterator<Item = &PodView<'_>>| {
        views.filter(|view| view.is_ready()).count()
    };
    match scene.current() {
        Some((at, Revision { number: Some(number), .. })) => {
            let (updated, ready) = (of(at).count(), ready(&mut of(at)));
            format!(
                "revision {number} is rolling out: {updated} of {wanted} pods updated, {ready} of them ready"
            )
        }
        _ => format!("under way: {} of {wanted} pods ready", ready(&mut scene.counting())),
    }
}
