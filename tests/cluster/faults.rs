//! The faults: what is done to the controller, and to the cluster under it.
//!
//! Some need the shared cluster for themselves; the rest have one of their own, a bare
//! control plane, or none.

mod bare;
mod flags;
mod outage;
mod process;
mod silent;
mod steady;
mod waiting;

use crate::bed::bed;
use crate::stage::Stage;
use crate::{Failure, Need, Outcome};
use libtest_mimic::Trial;
use local_cluster::TestCluster;
use std::sync::PoisonError;

/// A fault with a cluster of its own, or none: how much of one it needs, its name, its story.
type Apart = (TestCluster, &'static str, fn() -> Outcome);
/// A fault that needs the shared cluster for itself.
type Alone = (&'static str, fn(&Stage) -> Outcome);

/// Every fault; those that need the shared cluster for themselves come last.
pub(crate) fn all() -> Vec<Need> {
    let (none, bare) = (TestCluster::None, TestCluster::Kwok);
    let apart: &[Apart] = &[
        (none, "flag-errors", flags::wrong_flags),
        (none, "missing-kubeconfig", flags::missing_kubeconfig),
        (none, "unreachable-api-server", flags::unreachable),
        (bare, "forbidden-identity", bare::forbidden),
        (bare, "absent-then-older-crd", bare::absent_then_older_crd),
        // A network of its own takes root, as a full cluster does.
        (TestCluster::Full, "silent-network", silent::run),
    ];
    let alone: &[Alone] = &[
        ("steady-state", steady::run),
        ("killed-and-started-again", outage::killed),
        ("api-server-restarted", outage::api_server_restarted),
        ("plugin-outlives-api-server", waiting::run),
        ("sigterm", outage::terminated),
    ];
    let apart = apart.iter().map(|(needs, name, run)| {
        let run = *run;
        (*needs, Trial::test(*name, move || run().map_err(Into::into)))
    });
    let alone = alone.iter().map(|(name, run)| {
        let (name, run) = (*name, *run);
        (TestCluster::Full, Trial::test(name, move || perform(name, run).map_err(Into::into)))
    });
    apart.chain(alone).collect()
}

fn perform(name: &str, run: fn(&Stage) -> Outcome) -> Outcome {
    let _turn = bed()?.turn.write().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(&format!("test-{name}"))?;
    run(&stage)?;
    stage.finish()
}

/// An error unless something holds.
fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}
