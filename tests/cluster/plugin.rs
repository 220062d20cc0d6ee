//! The plugin as a user has it: the real `kubectl blame …` on real rollouts.

mod verbs;
mod wait;

use crate::bed::bed;
use crate::stage::Stage;
use crate::{Failure, Need, Outcome};
use libtest_mimic::Trial;
use local_cluster::TestCluster;
use std::process::{Command, Output};
use std::sync::PoisonError;

/// A trial's name and its story.
type Story = (&'static str, fn() -> Outcome);

/// Every trial of the plugin.
pub(crate) fn all() -> Vec<Need> {
    let trials: &[Story] = &[("plugin-wait", wait::run), ("plugin-verbs", verbs::run)];
    let trial = |(name, run): &Story| {
        let run = *run;
        (TestCluster::Full, Trial::test(*name, move || perform(run).map_err(Into::into)))
    };
    trials.iter().map(trial).collect()
}

fn perform(run: fn() -> Outcome) -> Outcome {
    let _turn = bed()?.turn.read().unwrap_or_else(PoisonError::into_inner);
    run()
}

/// Runs kubectl with the plugin beside it; it may fail.
pub(crate) fn kubectl(stage: &Stage, arguments: &[&str]) -> Result<Output, Failure> {
    Ok(command(stage, arguments).output()?)
}

/// kubectl with the plugin beside it, about to run.
pub(crate) fn command(stage: &Stage, arguments: &[&str]) -> Command {
    let bed = stage.bed();
    let mut kubectl = Command::new(bed.path.join("kubectl"));
    kubectl
        .env("PATH", &bed.path)
        .env("KUBECONFIG", bed.cluster.kubeconfig())
        .args(arguments)
        .args(["--namespace", stage.namespace()]);
    kubectl
}

/// An error unless something holds.
fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}
