//! A Job that has failed for good.
//!
//! *Sees*: the condition Failed with its reason, or `FailureTarget` while its pods are still going
//! (`pkg/controller/job`).
//! *Step*: Run. *Near miss*: a Job whose failed pods already show why: they speak.

use super::{Instance, Severity, Symptom};
use crate::blame::revision::Revision;
use crate::blame::scene::{PodView, Scene, workload};
use crate::blame::step::Step;
use crate::observe::{Condition, find_condition};

/// Whether a pod speaks for the root: those of a Job that completed in spite of them
/// do not, nor those of a `CronJob`'s earlier Jobs.
pub(super) fn speaks(scene: &Scene<'_>, view: &PodView<'_>) -> bool {
    let Some(revision) = view.revision.and_then(|at| scene.revisions.get(at)) else { return true };
    if revision.carrier.kind() != "Job" {
        return true;
    }
    outcome(revision) != Some(true)
        && (scene.root.kind() == "Job"
            || newest(scene).is_some_and(|newest| std::ptr::eq(newest, revision)))
}

/// Whether a Job succeeded; `None` while it has no outcome.
pub(in crate::blame) fn outcome(revision: &Revision<'_>) -> Option<bool> {
    let conditions = &workload(revision.carrier)?.status.conditions;
    let holds = |type_: &str| find_condition(conditions, type_).is_some_and(Condition::is_true);
    if holds("Complete") { Some(true) } else { holds("Failed").then_some(false) }
}

/// The newest Job that has an outcome, or else the newest.
pub(in crate::blame) fn newest<'s, 'g>(scene: &'s Scene<'g>) -> Option<&'s Revision<'g>> {
    let alive =
        || scene.revisions.iter().filter(|r| r.carrier.kind() == "Job" && r.carrier.gone.is_none());
    let made = |r: &&Revision<'_>| (r.carrier.meta.created, r.carrier.meta.name.clone());
    alive().filter(|r| outcome(r).is_some()).max_by_key(made).or_else(|| alive().max_by_key(made))
}

pub(super) fn see<'g>(scene: &Scene<'g>, pods: &[Symptom<'g>]) -> Vec<Symptom<'g>> {
    scene
        .revisions
        .iter()
        .enumerate()
        .filter(|(_, revision)| newest(scene).is_some_and(|newest| std::ptr::eq(newest, *revision)))
        .filter(|(at, _)| !pods.iter().any(|s| s.revision == Some(*at)))
        .filter_map(|(at, revision)| {
            let work = workload(revision.carrier)?;
            // The second is the word that it will fail, while its pods are still going.
            let failed = ["Failed", "FailureTarget"].into_iter().find_map(|type_| {
                find_condition(&work.status.conditions, type_).filter(|c| c.is_true())
            })?;
            let since = failed.since.or(revision.carrier.meta.created)?;
            let mut symptom =
                Symptom::of_root(Step::Run, failed.reason.clone(), Some(at), since, since)
                    .saying(Some(&failed.message));
            recall(scene, &mut symptom, at);
            symptom.severity = Severity::Failing;
            Some(symptom)
        })
        .collect()
}

/// The Job controller deletes the pods of a Job that failed: what they showed is remembered.
fn recall<'g>(scene: &Scene<'g>, symptom: &mut Symptom<'g>, at: usize) {
    let ended = scene.pods.iter().filter(|view| view.revision == Some(at)).filter_map(|view| {
        let run = view.object.memory.runs.iter().rev().find(|run| run.end.exit_code != 0)?;
        Some((view, run))
    });
    let mut ended: Vec<_> = ended.collect();
    ended.sort_by_key(|(view, run)| (run.end.finished, view.object.meta.name.clone()));
    let Some((_, run)) = ended.first() else { return };
    symptom.container = Some(run.container.clone());
    symptom.container_type = Some(crate::report::ContainerType::Container);
    symptom.container_path = Some(format!("containers[{}]", run.container));
    symptom.exit_code = Some(run.end.exit_code);
    symptom.instances = ended
        .iter()
        .map(|(view, run)| {
            let finished = run.end.finished.unwrap_or_else(|| view.created());
            Instance::at_start(view, finished, finished)
        })
        .collect();
    symptom.first = symptom.instances[0].first_bad;
}
