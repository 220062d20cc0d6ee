//! The cluster tier: real failures on a real Kubernetes end in the right report.
//!
//! One cluster is started, and on it the real `kubeblame` under exactly the rights of
//! `deploy/rbac.yaml`. Each *situation* (one file in `situations/`) has a namespace of
//! its own and several run at a time; each *fault* (`faults/`) has the cluster for itself,
//! after all situations. `cargo test --test cluster -- NAME` runs those whose names hold
//! NAME. `KUBEBLAME_RECORD=DIR` also writes what each namespace's watches said, as
//! `kubectl blame -f` reads it.

mod bed;
mod faults;
mod manifest;
mod plugin;
mod ship;
mod situations;
mod stage;

use libtest_mimic::{Arguments, Trial};
use local_cluster::TestCluster;

/// Situations mostly wait; more of them at once would make two small cores miss deadlines.
const AT_A_TIME: usize = 5;

/// Why a trial failed, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What a trial ends with.
type Outcome = Result<(), Failure>;

/// A trial, and how much of a cluster it needs.
type Need = (TestCluster, Trial);

fn main() -> Result<(), Failure> {
    let mut arguments = Arguments::from_args();
    let at_a_time = std::env::var("RUST_TEST_THREADS").ok().and_then(|n| n.parse().ok());
    arguments.test_threads = arguments.test_threads.or(at_a_time).or(Some(AT_A_TIME));
    let trials = situations::all().into_iter().chain(plugin::all());
    let trials = trials.chain(ship::all()).chain(faults::all());
    let trials = trials.map(|(needs, trial)| allow(needs, trial)).collect::<Result<_, _>>()?;
    let conclusion = libtest_mimic::run(&arguments, trials);
    bed::end();
    conclusion.exit()
}

/// A trial that may not run here is shown as ignored, and stderr says why.
fn allow(needs: TestCluster, trial: Trial) -> Result<Trial, Failure> {
    let is_allowed = needs.allows(trial.name())?;
    Ok(if is_allowed { trial } else { trial.with_ignored_flag(true) })
}
