//! `kubectl blame replay`: plays a recorded watch stream as a live view.

use super::Done;
use crate::blame;
use crate::plugin::args::Common;
use crate::plugin::failure::Failure;
use crate::plugin::find::{self, Found};
use crate::plugin::kinds::{self, Target};
use crate::plugin::live::until_interrupted;
use crate::plugin::offline;
use crate::plugin::render::Look;
use crate::plugin::view::View;
use crate::replay::Play;
use clap::Args;
use jiff::Timestamp;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl get deploy,rs,pods,events -w --output-watch-events -o json > incident.json
  kubectl blame replay incident.json deploy/web             ten times as fast as it was
  kubectl blame replay incident.json --speed 0 | less       at once";

/// The longest pause between two steps: a silent hour is not sat out.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// The recording (watch events as JSON), or a folder of such; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What to show: deploy/web, or deployment web; nothing: every workload, as it falls ill
    #[arg(value_name = "KIND/NAME")]
    resources: Vec<String>,

    /// How many times as fast as it was; 0 is at once, and the default where no terminal is
    #[arg(long, value_name = "N")]
    speed: Option<f64>,
}

pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let targets = kinds::targets(&arguments.resources)?;
    if let Some(target) = targets.iter().find(|target| target.name.is_none()) {
        return Err(Failure::new(format!("which {0}? write KIND/NAME, e.g. {0}/web", target.kind)));
    }
    let speed = arguments.speed.unwrap_or(if io::stdout().is_terminal() { 10.0 } else { 0.0 });
    if !speed.is_finite() || speed < 0.0 {
        return Err(Failure::new("--speed is a number of at least 0"));
    }
    let play = offline::objects(std::slice::from_ref(&arguments.file))?.play();
    until_interrupted(show(play, &targets, speed, common, look, out))?;
    Ok(Done::WELL)
}

async fn show(
    mut play: Play,
    targets: &[Target],
    speed: f64,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut view = View::default();
    let mut last: Option<Timestamp> = None;
    let mut missing = None;
    while let Some(moment) = play.next() {
        if let Some(last) = last.filter(|_| speed > 0.0) {
            let seconds = moment.duration_since(last).as_secs_f64().max(0.0) / speed;
            let pause = Duration::try_from_secs_f64(seconds).unwrap_or(MAX_PAUSE).min(MAX_PAUSE);
            tokio::time::sleep(pause).await;
        }
        last = Some(moment);
        play.step();
        let found = seen(&play, targets, moment, common, &mut missing)?;
        if !found.is_empty() {
            view.show(common, &found, &Look { now: moment, ..look.clone() }, out)?;
        }
    }
    // What was named and never came is an error; the last answer says which names there are.
    missing.map_or(Ok(()), Err)
}

/// What there is to show at one moment.
fn seen(
    play: &Play,
    targets: &[Target],
    now: Timestamp,
    common: &Common,
    missing: &mut Option<Failure>,
) -> Result<Vec<Found>, Failure> {
    let namespace = common.namespace.as_deref();
    if targets.is_empty() {
        let roots = play.graph.roots().into_iter();
        let here =
            roots.filter(|r| namespace.is_none_or(|n| r.meta.namespace.as_deref() == Some(n)));
        let judged = here.filter_map(|root| blame::judge(&play.graph, &root.meta.uid, now, None));
        let wanted = judged.filter(|judgement| judgement.wanted);
        return Ok(wanted.map(|it| Found { report: it.report, pod: None }).collect());
    }
    let mut found = Vec::new();
    *missing = None;
    for target in targets {
        let Some(name) = &target.name else { continue };
        match find::named(&play.graph, now, &target.kind, name, namespace) {
            Ok(one) => found.push(one),
            Err(failure @ Failure::NotFound(_)) => *missing = Some(failure),
            // It was deleted, or its root is not known yet: another moment may tell.
            Err(Failure::Said(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(found)
}
