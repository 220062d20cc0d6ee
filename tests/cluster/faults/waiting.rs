//! The API server goes and comes back under people who wait: they hear of it once, and are
//! told the truth in the end.

use super::ensure;
use crate::manifest::deployment;
use crate::plugin::kubectl;
use crate::stage::Stage;
use crate::{Failure, Outcome};
use std::process::Output;
use std::thread;
use std::time::Duration;

/// How long the server is away: long enough to be tried several times in vain.
const AWAY: Duration = Duration::from_secs(10);
/// How long a process needs to begin, and to have listed.
const BEGUN: Duration = Duration::from_secs(3);

/// One waits for what stays well, one for what breaks after the return, and one begins while
/// nobody answers.
pub(super) fn run(stage: &Stage) -> Outcome {
    for name in ["good", "bad"] {
        stage.apply(&deployment(name, &["serve"]).at_once())?;
    }
    for name in ["deploy/good", "deploy/bad"] {
        stage.rolled_out(name)?;
    }
    let wait = |what: &'static str, settle: &'static str| {
        move || kubectl(stage, &["blame", "wait", what, "--timeout=2m", settle])
    };
    thread::scope(|scope| {
        let good = scope.spawn(wait("deploy/good", "--settle=40s"));
        let bad = scope.spawn(wait("deploy/bad", "--settle=10m"));
        thread::sleep(BEGUN);
        let restart = scope.spawn(|| stage.bed().cluster.restart_apiserver(AWAY));
        thread::sleep(BEGUN);
        let late = scope.spawn(wait("deploy/good", "--settle=10s"));
        restart.join().map_err(|_| lost())??;
        stage.apply(&deployment("bad", &["exit", "3"]).at_once())?;
        ended("good", good.join(), 0, "is healthy")?;
        ended("late", late.join(), 0, "is healthy")?;
        ended("bad", bad.join(), 2, "exits with code 3")
    })
}

fn lost() -> Failure {
    Failure::from("a thread was lost")
}

/// Checks how one ended, and that it spoke of the outage once.
fn ended(
    name: &str,
    output: thread::Result<Result<Output, Failure>>,
    exit: i32,
    says: &str,
) -> Outcome {
    let output = output.map_err(|_| lost())??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (answer, said) = (text(&output.stdout), text(&output.stderr));
    let once = |words: &str| said.matches(words).count() == 1;
    let is_right = output.status.code() == Some(exit)
        && answer.contains(says)
        && once("trying again")
        && once("answers again");
    ensure(is_right, || format!("{name}: {:?}\n{answer}\n{said}", output.status.code()))
}
