//! `kubectl blame wait`: until all are well, or one has failed for good.
//!
//! Every object is listed once with what it makes and then watched, and judged again when
//! something changes and every second, since time alone settles things too. That something
//! is *well* is proved here, from its own pods, asked for anew at the end, and never taken
//! from a report whose controller may be away; the *blame* of a failure is the controller's
//! where it has one, since it saw more of the past.

mod ended;
mod judge;
mod options;
mod room;
mod target;
mod track;
mod view;

pub(super) use view::log as write_log;

use super::Done;
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::kinds::{self, Target};
use crate::plugin::live::cluster::{Cluster, SILENT_AFTER};
use crate::plugin::live::until_interrupted;
use crate::plugin::render::Look;
use crate::plugin::span::Span;
use crate::plugin::terminal;
use clap::{Args, ValueEnum};
use options::{Flags, Scoped};
use room::{End, Room};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::Labelled;
use tokio::time::timeout_at;
use view::{Form, View};

/// How often it is looked whether time has settled something …
const EVERY: Duration = Duration::from_secs(1);
/// … and how much longer each object makes a round that has to be asked for, not watched.
const EACH: Duration = Duration::from_millis(150);
/// The longest pause between two rounds.
const AT_MOST: Duration = Duration::from_secs(5);
/// How long changes are gathered: what happens at once is looked at once.
const GATHERED: Duration = Duration::from_millis(100);

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl blame wait deploy/web                                  right after kubectl apply
  kubectl blame wait deploy/web sts/db job/migrate --timeout 10m
  helm template shop ./chart | kubectl blame wait -f -           everything a chart makes
  kubectl blame wait -l app=shop --fail-mode job/warmup=ignore
  kubectl blame wait deploy/web -o json                          one line per event, for programs

Exit codes: 0 all are healthy, 1 usage or API error, 2 one has failed, 3 timed out.
Objects may carry options themselves: kubeblame.dev/fail-mode, /allowed-failures, /settle,
/no-activity-timeout, /log-lines, /log-regex as annotations.";

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// It is ready, and stays well
    #[default]
    Healthy,
    /// It does not exist any more
    #[value(alias = "delete")]
    Deleted,
}

/// Arguments of `wait`.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Arguments {
    /// What to wait for: deploy/web, deployment web, jobs (with -l); it need not exist yet
    #[arg(value_name = "KIND/NAME")]
    resources: Vec<String>,

    /// Wait for everything that these manifests hold; - is stdin
    #[arg(short, long = "filename", value_name = "FILE")]
    filename: Vec<PathBuf>,

    /// Wait for every object of the kinds named
    #[arg(long)]
    all: bool,

    /// How long to wait at most (0: for ever), e.g. 90s, 5m, 1h30m
    #[arg(long, value_name = "TIME", default_value = "5m")]
    timeout: Span,

    /// What to wait for
    #[arg(long = "for", value_enum, default_value_t, value_name = "WHAT")]
    goal: Goal,

    /// How long what is ready is watched on: without a probe a container is ready before it
    /// crashes. At least 10 s, and at least minReadySeconds; or KIND/NAME=TIME
    #[arg(long, value_name = "TIME")]
    settle: Vec<Scoped>,

    /// What a failure does: now ends the wait, end may recover until the timeout, ignore
    /// does not count; or KIND/NAME=MODE
    #[arg(long, value_name = "MODE")]
    fail_mode: Vec<Scoped>,

    /// How often one container may end badly before that is a failure (1); or KIND/NAME=N
    #[arg(long, value_name = "N")]
    allowed_failures: Vec<Scoped>,

    /// Give up when nothing happens for this long; or KIND/NAME=TIME
    #[arg(long, value_name = "TIME")]
    no_activity_timeout: Vec<Scoped>,

    /// How many lines of a failing container's log to show (20); or KIND/NAME=N
    #[arg(long, value_name = "N")]
    log_lines: Vec<Scoped>,

    /// Which of those lines to show; or KIND/NAME=REGEX
    #[arg(long, value_name = "REGEX")]
    log_regex: Vec<Scoped>,
}

impl Arguments {
    fn flags(&self) -> Flags {
        Flags {
            fail_mode: self.fail_mode.clone(),
            allowed_failures: self.allowed_failures.clone(),
            settle: self.settle.clone(),
            no_activity: self.no_activity_timeout.clone(),
            log_lines: self.log_lines.clone(),
            log_regex: self.log_regex.clone(),
        }
    }
}

/// Waits.
pub(super) fn run(
    arguments: &Arguments,
    common: &Common,
    look: &Look,
    out: &mut impl Write,
) -> Result<Done, Failure> {
    let targets = kinds::targets(&arguments.resources)?;
    let (named, of_kinds): (Vec<Target>, Vec<Target>) =
        targets.into_iter().partition(|target| target.name.is_some());
    let by_label = common.selector.is_some() || arguments.all;
    if let (Some(target), false) = (of_kinds.first(), by_label) {
        return Err(Failure::new(format!(
            "which {}? write KIND/NAME, or choose with -l or --all",
            target.kind
        )));
    }
    if named.is_empty() && !by_label && arguments.filename.is_empty() {
        return Err(Failure::new("nothing to wait for: write KIND/NAME, -f FILE or -l LABELS"));
    }
    if common.all_namespaces && !named.is_empty() {
        return Err(Failure::new("an object is named in one namespace: leave out -A or the name"));
    }
    let form = match common.output {
        Output::Tree | Output::Wide if terminal::can_redraw() => Form::Table,
        Output::Tree | Output::Wide => Form::Log,
        Output::Json => Form::Json,
        Output::Name => Form::Quiet,
        Output::Yaml | Output::JsonPath(_) => {
            return Err(Failure::new("wait answers in text or with -o json, one line per event"));
        }
    };
    // Wrong flags are said before anything is asked.
    arguments.flags().of(&[], None).map_err(Failure::new)?;
    let mut view = View::new(out, form, look.clone());
    until_interrupted(wait(arguments, common, &named, &of_kinds, &mut view))
}

async fn wait<W: Write>(
    arguments: &Arguments,
    common: &Common,
    named: &[Target],
    of_kinds: &[Target],
    view: &mut View<'_, W>,
) -> Result<Done, Failure> {
    let cluster = Cluster::connect(common).await?;
    let namespace = cluster.namespace(common);
    let flags = arguments.flags();
    let mut room = Room::new(&cluster, &flags, arguments.goal);
    room.add(target::manifests(&arguments.filename, &namespace)?)?;
    let by_label = common.selector.is_some() || arguments.all;
    if room.tracks.is_empty() && named.is_empty() && !by_label {
        return Err(Failure::new("nothing to wait for: the manifests hold nothing but hooks"));
    }
    let meant = Meant {
        named,
        of_kinds: by_label.then_some(of_kinds),
        labels: common.selector.as_deref(),
        namespace: &namespace,
        is_everywhere: common.all_namespaces,
    };
    let deadline = arguments.timeout.limit().map(|span| Instant::now() + span);
    let rounds = rounds(&cluster, &meant, deadline, &mut room, common, view);
    let end = match deadline {
        // A server that holds its answer back must not hold the end back, too.
        Some(deadline) => match timeout_at((deadline + SILENT_AFTER).into(), rounds).await {
            Ok(end) => end?,
            Err(_) => room.cut_off(),
        },
        None => rounds.await?,
    };
    room.finish(end, view).await
}

/// What was meant on the command line, beside manifests.
struct Meant<'a> {
    named: &'a [Target],
    /// Of which kinds all is meant, or what carries the labels: an empty list for those that make
    /// pods; `None` where only what is named is meant.
    of_kinds: Option<&'a [Target]>,
    labels: Option<&'a str>,
    namespace: &'a str,
    is_everywhere: bool,
}

/// Looks again and again until it is over.
async fn rounds<W: Write>(
    cluster: &Cluster,
    meant: &Meant<'_>,
    deadline: Option<Instant>,
    room: &mut Room<'_>,
    common: &Common,
    view: &mut View<'_, W>,
) -> Result<End, Failure> {
    let mut labelled = None;
    let (mut has_named, mut has_hinted) = (false, false);
    let mut has_labelled = meant.of_kinds.is_none();
    loop {
        if !has_named {
            let found = target::named(cluster, meant.named, meant.namespace).await;
            if let Some(found) = room.reached(found)? {
                room.add(found)?;
                has_named = true;
            }
        }
        if let (Some(kinds), None) = (meant.of_kinds, &labelled) {
            let namespace = (!meant.is_everywhere).then_some(meant.namespace);
            let wake = Arc::clone(&room.wake);
            let begun = Labelled::new(cluster, kinds, namespace, meant.labels, &wake).await;
            labelled = room.reached(begun)?;
        }
        if let Some(labelled) = &mut labelled {
            let (found, heard) = labelled.read(cluster);
            room.add(found)?;
            room.reached(heard)?;
            has_labelled = labelled.is_listed();
        }
        let began = Instant::now();
        room.look().await?;
        let took = began.elapsed();
        if !has_hinted && has_named && room.is_reached() {
            has_hinted = true;
            room.hint().await;
        }
        let look = Look { now: cluster.now(), ..terminal::look(common) };
        view.show(&room.tracks, &look, terminal::height());
        let end = match room.verdict(has_named && has_labelled, deadline) {
            Some(End::Healthy) if !room.is_proved().await? => room.overdue(deadline),
            end => end,
        };
        if let Some(end) = end {
            return Ok(end);
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let pause = pause(room.asked(), took);
        let pause = left.map_or(pause, |left| pause.min(left));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = room.wake.notified() => {
                // Of many pods a look takes a while: half of the time is left to others.
                tokio::time::sleep(GATHERED.max(took).min(pause)).await;
            }
        }
    }
}

/// How long until the next round, where so many objects have to be asked for.
fn pause(asked: usize, took: Duration) -> Duration {
    if asked == 0 {
        return EVERY;
    }
    let more = u32::try_from(asked - 1).unwrap_or(u32::MAX);
    let pause = EVERY.saturating_add(EACH.saturating_mul(more)).min(AT_MOST);
    // Lists of many pods take the API server a while: it gets twice that to itself.
    pause.max(took.saturating_mul(2).min(AT_MOST))
}
