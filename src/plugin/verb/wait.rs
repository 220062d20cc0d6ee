//! `kubectl blame wait`: until all are well, or one has failed for good.
//!
//! Every object is asked for again at a steady pace, side by side, so nothing has to
//! survive a closed watch or a restart of the API server. That something is *well* is
//! proved here, from its own pods, and never taken from a report whose controller may
//! be away; the *blame* of a failure is the controller's where it has one, since it saw
//! more of the past.

mod judge;
mod options;
mod target;
mod track;
mod view;

pub(super) use view::log as write_log;

use super::Done;
use crate::plugin::args::{Common, Output};
use crate::plugin::failure::Failure;
use crate::plugin::kinds::{self, Target};
use crate::plugin::live::cluster::Cluster;
use crate::plugin::live::{note, until_interrupted};
use crate::plugin::render::Look;
use crate::plugin::span::Span;
use crate::plugin::terminal;
use clap::{Args, ValueEnum};
use futures::future::join_all;
use judge::State;
use options::{FailMode, Flags, Scoped};
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use track::Track;
use view::{Form, View};

/// One has failed for good.
const FAILED: u8 = 2;
/// Not all were well in time.
const TIMED_OUT: u8 = 3;
/// How often few objects are looked at …
const EVERY: Duration = Duration::from_secs(1);
/// … and how much longer each further one makes a round, so that a big release is no burden.
const EACH: Duration = Duration::from_millis(150);
/// The longest pause between two rounds.
const AT_MOST: Duration = Duration::from_secs(5);
/// How often labels are looked for again.
const LABELS_EVERY: Duration = Duration::from_secs(5);

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
        Output::Tree | Output::Wide if io::stdout().is_terminal() => Form::Table,
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
    let mut room = Room {
        cluster: &cluster,
        flags: &flags,
        goal: arguments.goal,
        tracks: Vec::new(),
        known: BTreeSet::new(),
        said: BTreeSet::new(),
        unreached: None,
    };
    room.add(target::manifests(&arguments.filename, &namespace)?)?;
    let by_label = common.selector.is_some() || arguments.all;
    let everywhere = (!common.all_namespaces).then_some(&*namespace);
    let deadline = arguments.timeout.limit().map(|span| Instant::now() + span);
    let (mut has_named, mut labels_read) = (false, None::<Instant>);
    loop {
        if !has_named {
            let found = target::named(&cluster, named, &namespace).await;
            if let Some(found) = room.reached(found)? {
                room.add(found)?;
                has_named = true;
            }
        }
        if by_label && labels_read.is_none_or(|at| at.elapsed() >= LABELS_EVERY) {
            let labels = common.selector.as_deref();
            let found = target::labelled(&cluster, of_kinds, everywhere, labels).await;
            if let Some(found) = room.reached(found)? {
                room.add(found)?;
                labels_read = Some(Instant::now());
            }
        }
        room.look().await?;
        let look = Look { now: cluster.now(), ..terminal::look(common) };
        view.show(&room.tracks, &look, terminal::height());
        if let Some(done) =
            room.verdict(has_named && (!by_label || labels_read.is_some()), deadline)
        {
            return room.finish(done, view).await;
        }
        let few = u32::try_from(room.tracks.len()).unwrap_or(u32::MAX);
        let pause = EVERY.saturating_add(EACH.saturating_mul(few.saturating_sub(1))).min(AT_MOST);
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        tokio::time::sleep(left.map_or(pause, |left| pause.min(left))).await;
    }
}

/// Everything that is waited for.
struct Room<'c> {
    cluster: &'c Cluster,
    flags: &'c Flags,
    goal: Goal,
    tracks: Vec<Track<'c>>,
    known: BTreeSet<(String, String, String)>,
    /// What was said once and is not said again.
    said: BTreeSet<String>,
    /// Why the API server is not reached now.
    unreached: Option<String>,
}

/// How it ended.
enum End {
    Healthy,
    Failed,
    TimedOut(String),
}

impl Room<'_> {
    /// Adds what is not waited for yet.
    fn add(&mut self, found: Vec<target::Found>) -> Result<(), Failure> {
        for (wanted, resource) in found {
            let kind = wanted.kind.to_lowercase();
            if self.known.insert((kind, wanted.namespace.clone(), wanted.name.clone())) {
                let gone = self.goal == Goal::Deleted;
                self.tracks.push(Track::new(self.cluster, wanted, resource, self.flags, gone)?);
            }
        }
        Ok(())
    }

    /// An API server that is away may come back: that is said once, and so is its return.
    fn reached<T>(&mut self, answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match answer {
            Ok(answer) => {
                if self.unreached.take().is_some() {
                    note("the API server answers again");
                }
                Ok(Some(answer))
            }
            Err(Failure::Unreached(why)) => {
                if self.unreached.is_none() {
                    note(&format!("{why}: trying again"));
                }
                self.unreached = Some(why);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Looks at all that is not settled, side by side.
    async fn look(&mut self) -> Result<(), Failure> {
        // What is well may fall ill while others are waited for.
        let answers = join_all(self.tracks.iter_mut().map(Track::look)).await;
        for answer in answers {
            self.reached(answer)?;
        }
        let wrong: Vec<String> = self.tracks.iter().filter_map(Track::wrong_options).collect();
        for words in wrong {
            if self.said.insert(words.clone()) {
                note(&words);
            }
        }
        Ok(())
    }

    /// Whether it is over.
    fn verdict(&self, is_complete: bool, deadline: Option<Instant>) -> Option<End> {
        let counted = || self.tracks.iter().filter(|t| t.options.fail_mode != FailMode::Ignore);
        let failed = |mode: FailMode| {
            counted().any(|t| t.standing.state == State::Failed && t.options.fail_mode == mode)
        };
        if failed(FailMode::Now) {
            return Some(End::Failed);
        }
        let all_well = counted().all(|track| track.standing.state == State::Healthy);
        let ends_at_nothing = self.tracks.is_empty() && self.goal == Goal::Deleted;
        let has_any = !self.tracks.is_empty() || ends_at_nothing;
        if is_complete && has_any && all_well && self.unreached.is_none() {
            return Some(End::Healthy);
        }
        if let Some(idle) = counted().find(|track| track.is_idle()) {
            let shown = idle.wanted.shown();
            return Some(End::TimedOut(format!("nothing has happened to {shown} for too long")));
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            if failed(FailMode::End) {
                return Some(End::Failed);
            }
            return Some(End::TimedOut("timed out".to_owned()));
        }
        None
    }

    /// Shows why, and says how it ended.
    async fn finish<W: Write>(&self, end: End, view: &mut View<'_, W>) -> Result<Done, Failure> {
        let all = self.tracks.len();
        if let End::Healthy = end {
            let words = match (self.goal, all) {
                (Goal::Deleted, _) => "all of it is deleted".to_owned(),
                (_, 1) => self.tracks.first().map_or_else(String::new, |track| {
                    format!("{} is healthy", track.wanted.shown())
                }),
                _ => format!("all {all} are healthy{}", self.ignored()),
            };
            view.end(&words, 0, &self.tracks);
            return Ok(Done::WELL);
        }
        // Of a failure what failed is shown, of a timeout what is in trouble.
        let is_of_interest = |track: &&Track<'_>| match (&end, track.standing.state) {
            (_, State::Failed) => true,
            (End::TimedOut(_), State::Troubled | State::Progressing) => track.report.is_some(),
            _ => false,
        };
        for track in self.tracks.iter().filter(is_of_interest).take(MAX_SHOWN) {
            let blame = track.blame().await;
            let logs = track.logs().await;
            view.failure(track, blame.as_ref(), &logs);
        }
        if let (End::TimedOut(_), Some(why)) = (&end, &self.unreached) {
            return Err(Failure::Unreached(why.clone()));
        }
        let open: Vec<String> = self
            .tracks
            .iter()
            .filter(|track| match end {
                End::Failed => track.standing.state == State::Failed,
                _ => track.standing.state != State::Healthy,
            })
            .map(|track| track.wanted.shown())
            .collect();
        let shown = open.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match open.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (code, words) = match &end {
            End::TimedOut(why) if all == 0 => {
                (TIMED_OUT, format!("{why}: nothing carries these labels"))
            }
            End::TimedOut(why) => {
                let (open, s) = (open.len(), if all == 1 { "" } else { "s" });
                (TIMED_OUT, format!("{why}: {open} of {all} object{s} not healthy: {shown}{more}"))
            }
            _ => (FAILED, format!("failed: {shown}{more}")),
        };
        view.end(&words, code, &self.tracks);
        Ok(Done { code, message: Some(words) })
    }

    fn ignored(&self) -> String {
        let ill = self.tracks.iter().filter(|t| t.standing.state != State::Healthy).count();
        if ill == 0 { String::new() } else { format!(" but {ill} that are ignored") }
    }
}

/// How many failures are shown whole.
const MAX_SHOWN: usize = 3;
/// How many objects the last sentence names.
const MAX_NAMED: usize = 8;
