//! From a judged scene to a status: findings, revisions, conditions.

use super::cause::Case;
use super::scene::{PodView, Scene, object_ref};
use super::symptom::Symptom;
use super::{
    change, decide, impact, latent, lineage, origin, peer, pending, remedy, remember, shared,
    verdict, words,
};
use crate::graph::Freshness;
use crate::observe::{ContainerStatus, State, line};
use crate::report::{
    self, CauseClass, Condition, ContainerDetail, Display, Finding, Moment, ObjectRef, Omitted,
    PodCounts, PodDetail, RevisionEntry, Status, Verdict,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many pods a report shows in detail, over all revisions.
const MAX_PODS: usize = 5;
/// How many revisions a report shows.
const MAX_REVISIONS: usize = 10;
/// How many containers of a pod a report shows.
const MAX_CONTAINERS: usize = 16;
/// How many owners above the root a report names.
const MAX_OWNERS: usize = 8;
/// The longest text of a printer column, in bytes.
const MAX_COLUMN: usize = 120;

/// The status of the scene's root, and the causes it blames that other roots may share.
pub(super) fn status(scene: &Scene<'_>, symptoms: &[Symptom<'_>]) -> (Status, BTreeSet<Arc<str>>) {
    let (verdict, since) = verdict::of(scene, symptoms);
    let cases = symptoms.iter().map(|symptom| Case { scene, symptom, all: symptoms });
    let judged: Vec<_> = cases.map(|case| (case, decide::finding(&case))).collect();
    let waiting: Vec<_> =
        judged.iter().filter_map(|(case, failing)| latent::finding(case, failing)).collect();
    let mut findings: Vec<Finding> = judged.into_iter().map(|(_, finding)| finding).collect();
    findings.extend(waiting);
    merge(&mut findings);
    undo_all(&mut findings);
    let causes = shared::mark(scene, &mut findings);
    let since = Moment::from(since);
    let left = impact::tell(scene, symptoms, &mut findings);
    let summary = words::summary(scene, verdict, &findings, symptoms, left.as_deref());
    let (revisions, omitted) = revisions(scene, symptoms);
    let history = remember::history(scene, verdict, since, &findings);
    let mut status = Status {
        root_generation: Some(scene.root.meta.generation).filter(|g| *g > 0),
        observed_generation: None,
        verdict,
        since,
        conditions: vec![healthy(scene, verdict, &findings, &summary, since), fresh(scene, since)],
        display: Some(display(scene, &findings)),
        summary,
        owners: owners(scene),
        findings,
        revisions,
        inputs: remember::inputs(scene),
        pending_edit: pending::edit(scene, symptoms),
        history,
        omitted: Some(omitted).filter(|o| !o.is_empty()),
    };
    report::fit(&mut status);
    (status, causes)
}

/// One finding per symptom and cause: what fails alike in two revisions for one cause is one.
fn merge(findings: &mut Vec<Finding>) {
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let key = |f: &Finding| {
            (
                f.symptom.reason.clone(),
                f.symptom.container.clone(),
                f.symptom.exit_code,
                f.latent,
                f.cause.class,
                f.cause.object.clone(),
                f.cause.revision,
            )
        };
        // Two unknowns are two: nothing says that they are one.
        let is_known = finding.cause.class != CauseClass::Unknown;
        match merged.iter_mut().find(|known| is_known && key(known) == key(&finding)) {
            Some(known) => {
                known.remedy = known.remedy.take().or(finding.remedy);
                known.symptom.pods += finding.symptom.pods;
                known.symptom.examples.extend(finding.symptom.examples);
                known.symptom.examples.truncate(3);
                known.symptom.first_seen = known.symptom.first_seen.min(finding.symptom.first_seen);
                known.symptom.last_seen = known.symptom.last_seen.max(finding.symptom.last_seen);
            }
            None => merged.push(finding),
        }
    }
    *findings = merged;
}

/// Where several revisions of the root are blamed, going back to before the newest of them
/// would bring back what an older one broke: each is undone with the oldest.
fn undo_all(findings: &mut [Finding]) {
    let is_undone = |f: &Finding| {
        f.remedy.as_deref().is_some_and(remedy::is_undo) && f.cause.class == CauseClass::Revision
    };
    let blamed = findings.iter().filter(|f| is_undone(f) && f.cause.revision.is_some());
    let Some(oldest) = blamed.min_by_key(|f| f.cause.revision).and_then(|f| f.remedy.clone())
    else {
        return;
    };
    for finding in findings.iter_mut().filter(|f| is_undone(f)) {
        finding.remedy = Some(oldest.clone());
    }
}

fn healthy(
    scene: &Scene<'_>,
    verdict: Verdict,
    findings: &[Finding],
    summary: &str,
    since: Moment,
) -> Condition {
    let status = match verdict {
        Verdict::Healthy => "True",
        Verdict::Failing | Verdict::Stuck => "False",
        Verdict::Progressing | Verdict::Unknown => "Unknown",
    };
    let reason =
        findings.first().map_or_else(|| verdict.as_str().to_owned(), |f| f.symptom.reason.clone());
    condition(scene, "Healthy", status, &reason, summary, since)
}

fn fresh(scene: &Scene<'_>, since: Moment) -> Condition {
    let stale = scene.stale(|_| true);
    if stale.is_empty() {
        return condition(
            scene,
            "Fresh",
            "True",
            "Synced",
            "every kind that is watched is up to date",
            since,
        );
    }
    let reason = if stale.iter().any(|(_, f)| **f == Freshness::Forbidden) {
        "Forbidden"
    } else {
        "NotSynced"
    };
    let kinds: Vec<String> =
        stale.iter().map(|(kind, freshness)| format!("{kind} is {}", word(freshness))).collect();
    condition(scene, "Fresh", "False", reason, &kinds.join(", "), since)
}

fn word(freshness: &Freshness) -> &'static str {
    match freshness {
        Freshness::Unsynced => "not synced",
        Freshness::Synced => "synced",
        Freshness::Stale => "not heard of",
        Freshness::Forbidden => "forbidden",
        Freshness::Absent => "absent",
    }
}

/// A condition, whose transition time stays while its status does.
fn condition(
    scene: &Scene<'_>,
    type_: &str,
    status: &str,
    reason: &str,
    message: &str,
    since: Moment,
) -> Condition {
    let before = scene.memory.and_then(|m| m.conditions.iter().find(|c| c.type_ == type_));
    Condition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: line(message, 1_024),
        last_transition_time: before
            .filter(|c| c.status == status)
            .map_or(since, |c| c.last_transition_time),
        observed_generation: None,
    }
}

fn display(scene: &Scene<'_>, findings: &[Finding]) -> Display {
    let first = findings.first();
    let cause = first.map(|f| match (f.cause.class, f.cause.revision, f.cause.changes.first()) {
        (class, Some(revision), Some(change)) => {
            let values = match (&change.from, &change.to) {
                (Some(from), Some(to)) => format!(" {from} → {to}"),
                _ => String::new(),
            };
            format!("{class} {revision}: {}{values}", change.path)
        }
        (class, Some(revision), None) => format!("{class} {revision}"),
        (class, None, _) => match f.cause.object.as_ref().and_then(|o| o.name.as_deref()) {
            Some(name) => format!("{class}: {name}"),
            None => class.to_string(),
        },
    });
    let ready = scene.counting().filter(|view| view.is_ready()).count();
    Display {
        ready: format!("{ready}/{}", words::desired(scene)),
        cause: cause.map(|text| line(&text, MAX_COLUMN)),
        by: first.and_then(|f| f.cause.by.as_ref()?.manager.clone()),
        trigger: first.and_then(|f| f.trigger.as_ref()).map(|t| t.class.to_string()),
        revision: scene.current().and_then(|(_, r)| r.number).map(|n| n.to_string()),
    }
}

fn owners(scene: &Scene<'_>) -> Vec<ObjectRef> {
    scene
        .graph
        .owners_above(&scene.root.meta.uid)
        .into_iter()
        .take(MAX_OWNERS)
        .map(|owner| ObjectRef {
            api_version: Some(owner.type_ref.api_version.to_string()),
            kind: owner.type_ref.kind.to_string(),
            namespace: scene.root.meta.namespace.as_deref().map(str::to_owned),
            name: Some(owner.name.to_string()),
            uid: Some(owner.uid.to_string()),
        })
        .collect()
}

/// The revisions that matter, newest first: the current one, its predecessor, and all that have pods.
fn revisions(scene: &Scene<'_>, symptoms: &[Symptom<'_>]) -> (Vec<RevisionEntry>, Omitted) {
    let current = scene.current().map(|(at, _)| at);
    let predecessor = current.and_then(|at| lineage::predecessor(scene, at));
    let has_pods = |at: usize| scene.pods.iter().any(|v| v.revision == Some(at) && v.lives());
    let mut shown: Vec<usize> = (0..scene.revisions.len())
        .filter(|at| Some(*at) == current || Some(*at) == predecessor || has_pods(*at))
        .filter(|at| scene.revisions[*at].carrier.gone.is_none() || has_pods(*at))
        .collect();
    shown.reverse();
    let over = shown.len().saturating_sub(MAX_REVISIONS);
    shown.truncate(MAX_REVISIONS);
    let mut room = MAX_PODS;
    let mut entries: Vec<RevisionEntry> = Vec::with_capacity(shown.len());
    let mut omitted = Omitted { revisions: count(over), ..Omitted::default() };
    for at in shown {
        let (entry, left_out) = entry(scene, symptoms, at, &mut room);
        omitted.pods += left_out;
        entries.push(entry);
    }
    (entries, omitted)
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

pub(super) fn entry(
    scene: &Scene<'_>,
    symptoms: &[Symptom<'_>],
    at: usize,
    room: &mut usize,
) -> (RevisionEntry, i32) {
    let revision = &scene.revisions[at];
    let before = lineage::predecessor(scene, at).map(|p| &scene.revisions[p]);
    let (changes, by) = match before {
        Some(before) => {
            let mut diff = before.template.diff(&revision.template);
            diff.sort_by(|a, b| change::prominence(a.path).cmp(&change::prominence(b.path)));
            (change::fields(&diff), lineage::who(scene, revision, &before.template).0)
        }
        None => (Vec::new(), None),
    };
    let is_failing = |view: &PodView<'_>| symptoms.iter().any(|s| s.is_shown_by(view));
    let mut views: Vec<&PodView<'_>> =
        scene.pods.iter().filter(|v| v.revision == Some(at) && v.lives()).collect();
    let failing = views.iter().filter(|v| is_failing(v)).count();
    // Of a revision that fails a well pod is of interest beside those that fail; of one that is
    // under way, whatever is not there yet.
    let has_ended = |v: &PodView<'_>| matches!(&*v.pod.phase, "Succeeded" | "Failed");
    let is_waiting = |v: &PodView<'_>| !v.is_ready() && !has_ended(v);
    let comes_late = |v: &PodView<'_>| !is_failing(v) && is_waiting(v) == (failing > 0);
    // Of the well ones the youngest tells most: it met what the failing ones met.
    let by_age = |v: &PodView<'_>| {
        let second = v.created().as_second();
        if is_failing(v) { second } else { -second }
    };
    let name = |v: &PodView<'_>| v.object.meta.name.clone();
    views.sort_by_key(|v| (!is_failing(v), comes_late(v), by_age(v), name(v)));
    let well = views.iter().filter(|v| v.counts() && !is_failing(v));
    let last_healthy =
        well.filter_map(|v| peer::was_well(v, scene.now)).chain(gone_well(scene, at)).max();
    let remembered = remember::revision(scene, revision);
    // Failing pods first, and one other.
    let shown: Vec<&PodView<'_>> = views.iter().copied().take((failing + 1).min(*room)).collect();
    *room -= shown.len();
    let left_out = count(views.len() - shown.len());
    let entry = RevisionEntry {
        revision: revision.number,
        current: revision.current,
        controller: Some(object_ref(revision.carrier)),
        created_at: revision.carrier.meta.created.map(Into::into),
        last_healthy: last_healthy
            .map(Into::into)
            .max(remembered.and_then(|known| known.last_healthy)),
        changes,
        by: by.or_else(|| remembered.and_then(|known| known.by.clone())),
        change_cause: revision
            .carrier
            .meta
            .annotation("kubernetes.io/change-cause")
            .map(|c| line(c, 256)),
        pods: counts(scene, at, &views, failing),
        pod_details: shown.into_iter().map(|view| detail(scene, view, symptoms)).collect(),
    };
    (entry, left_out)
}

/// Pods of a revision that are gone, or going, and were well.
fn gone_well<'s>(scene: &'s Scene<'_>, at: usize) -> impl Iterator<Item = jiff::Timestamp> + 's {
    scene
        .pods
        .iter()
        .filter(move |v| v.revision == Some(at) && !v.lives())
        .filter_map(|v| peer::was_well(v, scene.now))
}

fn counts(scene: &Scene<'_>, at: usize, views: &[&PodView<'_>], failing: usize) -> PodCounts {
    let revision = &scene.revisions[at];
    let counting: Vec<_> = views.iter().filter(|v| v.counts()).collect();
    let ready = counting.iter().filter(|v| v.is_ready()).count();
    let by_set = super::scene::workload(revision.carrier)
        .filter(|_| revision.carrier.kind() == "ReplicaSet");
    let desired = match by_set {
        Some(_) => revision.desired,
        None if revision.current => words::desired(scene),
        None => 0,
    };
    PodCounts {
        desired,
        current: count(counting.len()),
        ready: count(ready),
        available: by_set.map_or(count(ready), |w| w.status.available),
        failing: count(failing),
    }
}

fn detail(scene: &Scene<'_>, view: &PodView<'_>, symptoms: &[Symptom<'_>]) -> PodDetail {
    let revision = view.revision.and_then(|at| scene.revisions.get(at));
    // A reused set's pod may be older than its return.
    let created_under = revision
        .filter(|r| r.is_older_than_return(view.created()))
        .and_then(|r| r.earlier.last().copied())
        .or_else(|| remember::created_under(scene, revision?, view));
    PodDetail {
        name: view.name().to_owned(),
        uid: view.object.meta.uid.to_string(),
        node: view.pod.node.as_deref().map(str::to_owned),
        phase: view.pod.phase.to_string(),
        ready: view.is_ready(),
        created_at: view.object.meta.created.map(Into::into),
        created_under,
        containers: view
            .pod
            .containers
            .iter()
            .take(MAX_CONTAINERS)
            .map(|c| container(scene, view, c, symptoms))
            .collect(),
    }
}

fn container(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
    symptoms: &[Symptom<'_>],
) -> ContainerDetail {
    let path = PodView::container_path(status);
    let own = symptoms
        .iter()
        .find(|s| s.container_path.as_deref() == Some(&*path) && s.is_shown_by(view));
    let (state, end) = match &status.state {
        State::Waiting { .. } => ("Waiting", status.last.as_ref()),
        State::Running { .. } => ("Running", status.last.as_ref()),
        State::Terminated(end) => ("Terminated", Some(end)),
    };
    // A loop is between two runs most of the time; which, is the moment's.
    let state = if own.is_some_and(|s| s.exit_code.is_some()) { "Waiting" } else { state };
    ContainerDetail {
        name: status.name.to_string(),
        type_: view.container_type(status),
        origin: origin::of_container(scene, view, status),
        image: view.fields().text(&format!("{path}.image")).map(|i| line(i, 256)),
        image_id: Some(line(&status.image_id, 256)).filter(|i| !i.is_empty()),
        state: state.to_owned(),
        reason: own.map(|s| s.reason.to_string()),
        exit_code: end.map(|e| e.exit_code),
        restarts: status.restarts,
        last_finished_at: end.and_then(|e| e.finished).map(Into::into),
    }
}
