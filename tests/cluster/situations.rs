//! The situations: one file each, by name.

mod config_deleted;
mod config_edit;
mod crash;
mod crash_later;
mod cronjob;
mod custom_owner;
mod daemonset;
mod deletion;
mod exit_zero;
mod healthy_rollout;
mod image_pull;
mod init_fails;
mod initial_crash;
mod job;
mod liveness;
mod missing_config;
mod missing_key;
mod never_ready;
mod out_of_memory;
mod overlapping;
mod owner_gone;
mod paused;
mod quota;
mod restart;
mod rollback;
mod rollback_to_bad;
mod scale;
mod statefulset;
mod unschedulable;

use crate::bed::bed;
use crate::stage::Stage;
use crate::{Need, Outcome};
use libtest_mimic::Trial;
use local_cluster::TestCluster;
use std::sync::PoisonError;

/// A situation's name and its story.
type Situation = (&'static str, fn(&Stage) -> Outcome);

/// Those that wait longest come first, so that nobody waits for them at the end.
const ALL: &[Situation] = &[
    ("unschedulable", unschedulable::run),
    ("never-ready", never_ready::run),
    ("cronjob", cronjob::run),
    ("liveness", liveness::run),
    ("out-of-memory", out_of_memory::run),
    ("rollback-to-bad", rollback_to_bad::run),
    ("job", job::run),
    ("exit-zero", exit_zero::run),
    ("config-deleted", config_deleted::run),
    ("config-edit", config_edit::run),
    ("crash", crash::run),
    ("crash-later", crash_later::run),
    ("custom-owner", custom_owner::run),
    ("daemonset", daemonset::run),
    ("deletion", deletion::run),
    ("healthy-rollout", healthy_rollout::run),
    ("image-pull", image_pull::run),
    ("init-fails", init_fails::run),
    ("initial-crash", initial_crash::run),
    ("missing-config", missing_config::run),
    ("missing-key", missing_key::run),
    ("overlapping", overlapping::run),
    ("owner-gone", owner_gone::run),
    ("paused", paused::run),
    ("quota", quota::run),
    ("restart", restart::run),
    ("rollback", rollback::run),
    ("scale", scale::run),
    ("statefulset", statefulset::run),
];

/// Every situation.
pub(crate) fn all() -> Vec<Need> {
    let trial = |(name, run): &Situation| {
        let (name, run) = (*name, *run);
        let trial = Trial::test(name, move || perform(name, run).map_err(Into::into));
        (TestCluster::Full, trial)
    };
    ALL.iter().map(trial).collect()
}

fn perform(name: &str, run: fn(&Stage) -> Outcome) -> Outcome {
    let _turn = bed()?.turn.read().unwrap_or_else(PoisonError::into_inner);
    // Apart from whatever word a snapshot holds.
    let stage = Stage::new(&format!("test-{name}"))?;
    run(&stage)?;
    stage.finish()
}
