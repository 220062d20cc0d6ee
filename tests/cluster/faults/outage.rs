//! The controller ends, or the API server does, and everything is as before.

use super::ensure;
use super::process::END;
use crate::Outcome;
use crate::bed::PROGRAM;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use std::time::{Duration, Instant};

fn crash(revision: i64, object: &'static str) -> Blame {
    Blame::revision("CrashLoopBackOff", revision)
        .container("main")
        .exit_code(3)
        .pods(2)
        .object("Deployment", object)
        .by("kubectl-client-side-apply")
}

/// One Deployment that is well, and one that is not: what is said of them has settled.
pub(super) fn good_and_bad(stage: &Stage) -> Outcome {
    let (good, bad) = (deployment("good", &["sleep"]), deployment("bad", &["sleep"]));
    stage.begin_well(&[("good", &good), ("bad", &bad)])?;
    // What it says of this one stays to the last byte; a loop's counts do not.
    stage.apply(&bad.tag("v9"))?;
    let pull = Blame::revision("ErrImagePull", 2)
        .container("main")
        .pods(1)
        .object("Deployment", "bad")
        .by("kubectl-client-side-apply");
    stage.blamed("bad", &pull)?;
    stage.settled(&["good", "bad"])
}

/// How often each of these reports was written, and what the cause and its time are.
fn standing(stage: &Stage) -> Result<Vec<String>, crate::Failure> {
    let mut all = Vec::new();
    for report in ["good", "bad"] {
        let writes = stage.bed().audit.status_writes(stage.namespace(), report)?;
        let status = stage.report(report)?.status;
        let status = status.map(|s| {
            let cause = s.findings.first().map(|f| f.cause.clone());
            (s.verdict, s.since, cause, s.revisions.first().map(|r| r.revision))
        });
        all.push(format!("{report}: {writes} writes, {status:?}"));
    }
    Ok(all)
}

/// Proves that the controller is at work again: a rollout made now is reported.
fn works_again(stage: &Stage, name: &'static str) -> Outcome {
    let web = deployment(name, &["sleep"]).at_once();
    stage.begin_well(&[(name, &web)])?;
    stage.apply(&web.words(&["exit", "3"]))?;
    stage.blamed(name, &crash(2, name))
}

/// Killed, it leaves nothing half done: started again, it says the same without writing
/// it, and what happened meanwhile it reports.
pub(super) fn killed(stage: &Stage) -> Outcome {
    good_and_bad(stage)?;
    let missed = deployment("missed", &["sleep"]).at_once();
    stage.begin_well(&[("missed", &missed)])?;
    let before = standing(stage)?;
    stage.bed().cluster.kill(PROGRAM)?;
    stage.apply(&missed.words(&["exit", "3"]))?;
    stage.wait("deployment/missed", "jsonpath={.status.observedGeneration}=2")?;
    stage.bed().start_controller()?;
    stage.blamed("missed", &crash(2, "missed"))?;
    works_again(stage, "later")?;
    same(stage, &before)
}

/// The API server goes for a while, and every watch ends: no word of it in any report.
pub(super) fn api_server_restarted(stage: &Stage) -> Outcome {
    good_and_bad(stage)?;
    let before = standing(stage)?;
    let starts = stage.bed().controller_log().matches("kubeblame starts").count();
    stage.bed().cluster.restart_apiserver(Duration::from_secs(2))?;
    works_again(stage, "later")?;
    same(stage, &before)?;
    let log = stage.bed().controller_log();
    ensure(log.matches("kubeblame starts").count() == starts, || {
        format!("it was restarted:\n{log}")
    })
}

/// SIGTERM ends it in time, in the middle of its work.
pub(super) fn terminated(stage: &Stage) -> Outcome {
    stage.apply(&deployment("web", &["exit", "3"]))?;
    stage.blamed("web", &crash(1, "web"))?;
    let asked = Instant::now();
    stage.bed().cluster.stop(PROGRAM)?;
    let took = asked.elapsed();
    let log = stage.bed().controller_log();
    stage.bed().start_controller()?;
    ensure(took < END, || format!("it took {took:?} to end:\n{log}"))?;
    ensure(log.contains("SIGTERM"), || format!("it did not say why it ended:\n{log}"))
}

/// Checks that both reports stand as they did, and cost nothing since.
fn same(stage: &Stage, before: &[String]) -> Outcome {
    let after = standing(stage)?;
    ensure(*before == after, || {
        format!("before:\n{before:#?}\nafter:\n{after:#?}\n{}", stage.scenery("bad"))
    })
}
