//! What is shown while waiting: lines for a log, a table on a terminal, JSON for programs.
//!
//! A log gets a line when something changed, for one object at most every few seconds
//! unless its state changed, and a sign of life in long silences. A terminal gets a
//! table that is drawn again in place.

mod table;

use super::judge::State;
use super::track::Track;
use crate::observe::clean;
use crate::plugin::live::logs::Tail;
use crate::plugin::render::text::{Text, Tone};
use crate::plugin::render::{self, Look};
use crate::report::BlameReport;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use table::{Row, Screen};

/// How often one object's counts may take a line.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// How long a log may be silent.
const SILENCE: Duration = Duration::from_mins(1);
/// How many objects a sign of life names.
const MAX_ROWS: usize = 20;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines that stay.
    Log,
    /// A table that is drawn again.
    Table,
    /// One JSON object a line.
    Json,
    /// Nothing until the end.
    Quiet,
}

/// What was shown so far.
pub(super) struct View<'o, W: Write> {
    out: &'o mut W,
    form: Form,
    look: Look,
    began: Instant,
    /// What of the table stands on the screen.
    screen: Screen,
    /// How many lines the terminal has.
    height: Option<usize>,
    shown: BTreeMap<String, (State, String, Instant)>,
    last: Instant,
    /// Set when nobody reads any more: the exit code still tells.
    is_closed: bool,
}

impl<'o, W: Write> View<'o, W> {
    pub(super) fn new(out: &'o mut W, form: Form, look: Look) -> Self {
        let now = Instant::now();
        let shown = BTreeMap::new();
        Self {
            out,
            form,
            look,
            began: now,
            screen: Screen::default(),
            height: None,
            shown,
            last: now,
            is_closed: false,
        }
    }

    /// Shows how far all are.
    pub(super) fn show(&mut self, tracks: &[Track<'_>], look: &Look, height: Option<usize>) {
        self.look = look.clone();
        self.height = height;
        let written = match self.form {
            Form::Log => self.log(tracks),
            Form::Table => self.table(tracks),
            Form::Json => self.json(tracks),
            Form::Quiet => Ok(()),
        };
        self.written(written);
    }

    /// A broken pipe ends the writing, not the waiting.
    fn written(&mut self, written: io::Result<()>) {
        if written.and_then(|()| self.out.flush()).is_err() {
            self.is_closed = true;
            self.form = Form::Quiet;
        }
    }

    fn log(&mut self, tracks: &[Track<'_>]) -> io::Result<()> {
        let names = widest(tracks);
        let now = Instant::now();
        for track in tracks {
            let standing = &track.standing;
            let key = track.wanted.namespace.clone() + "/" + &track.wanted.shown();
            let said = standing.ready.clone().unwrap_or_default();
            let is_due = self.shown.get(&key).is_none_or(|(state, before, at)| {
                *state != standing.state || *before != said && now.duration_since(*at) >= LINE_EVERY
            });
            if !is_due {
                continue;
            }
            self.shown.insert(key, (standing.state, said, now));
            self.last = now;
            let line = self.line(track, names);
            for line in line.lines(&self.look, None) {
                writeln!(self.out, "{line}")?;
            }
        }
        if now.duration_since(self.last) >= SILENCE {
            self.last = now;
            let open: Vec<&Track<'_>> =
                tracks.iter().filter(|t| t.standing.state != State::Healthy).collect();
            for track in open.iter().take(MAX_ROWS) {
                let line = self.line(track, names);
                for line in line.lines(&self.look, None) {
                    writeln!(self.out, "{line}")?;
                }
            }
        }
        Ok(())
    }

    /// `  12s  deployment/web  Progressing  1/3  …`
    fn line(&self, track: &Track<'_>, names: usize) -> Text {
        let standing = &track.standing;
        let elapsed = format!("{:>5}", format!("{}s", self.began.elapsed().as_secs()));
        let name = format!("{:<names$}", track.name());
        let ready = standing.ready.as_deref().map(|r| format!("{r} ready; ")).unwrap_or_default();
        let what = standing.what.strip_prefix("ready; ").filter(|_| !ready.is_empty());
        let what = what.unwrap_or(&standing.what);
        Text::default()
            .and(Tone::Aside, elapsed)
            .and(Tone::Plain, "  ")
            .and(Tone::Name, name)
            .and(Tone::Plain, "  ")
            .and(tone(standing.state), format!("{:<11}", standing.state.word()))
            .and(Tone::Plain, format!("  {ready}{what}"))
    }

    fn table(&mut self, tracks: &[Track<'_>]) -> io::Result<()> {
        let rows: Vec<Row<'_>> = tracks
            .iter()
            .map(|track| Row {
                name: track.name(),
                standing: &track.standing,
                changed: track.changed,
            })
            .collect();
        let screen = table::drawn(&rows, &self.look, self.height)?;
        self.screen.draw(self.out, &screen, self.look.width)
    }

    fn json(&mut self, tracks: &[Track<'_>]) -> io::Result<()> {
        for track in tracks {
            let standing = &track.standing;
            let key = track.wanted.namespace.clone() + "/" + &track.wanted.shown();
            let said = standing.ready.clone().unwrap_or_default();
            let is_same = self
                .shown
                .get(&key)
                .is_some_and(|(state, before, _)| *state == standing.state && *before == said);
            if is_same {
                continue;
            }
            self.shown.insert(key, (standing.state, said, Instant::now()));
            let mut event = self.event("State", track);
            event["state"] = json!(standing.state.word());
            event["message"] = json!(clean(&standing.what));
            if let Some(ready) = &standing.ready {
                event["ready"] = json!(ready);
            }
            writeln!(self.out, "{event}")?;
        }
        Ok(())
    }

    fn event(&self, what: &str, track: &Track<'_>) -> Value {
        let wanted = &track.wanted;
        json!({
            "time": at(&self.look),
            "event": what,
            "object": { "kind": wanted.kind, "namespace": track.namespace(), "name": wanted.name },
        })
    }

    /// Shows a failure: the blame, then what the container wrote.
    pub(super) fn failure(
        &mut self,
        track: &Track<'_>,
        report: Option<&BlameReport>,
        logs: &[Result<Tail, String>],
    ) {
        let written = if self.form == Form::Json {
            self.failure_json(track, report, logs)
        } else {
            self.failure_text(track, report, logs)
        };
        if !self.is_closed {
            self.written(written);
        }
    }

    fn failure_text(
        &mut self,
        track: &Track<'_>,
        report: Option<&BlameReport>,
        logs: &[Result<Tail, String>],
    ) -> io::Result<()> {
        self.screen.keep();
        writeln!(self.out)?;
        if let Some(report) = report {
            render::root(self.out, report, &self.look)?;
        } else {
            let text = Text::default()
                .and(Tone::Name, track.name())
                .and(Tone::Plain, ": ")
                .and(Tone::Bad, &track.standing.what);
            for line in text.lines(&self.look, self.look.width) {
                writeln!(self.out, "{line}")?;
            }
        }
        for log in logs {
            writeln!(self.out)?;
            self::log(self.out, log, &self.look)?;
        }
        Ok(())
    }

    fn failure_json(
        &mut self,
        track: &Track<'_>,
        report: Option<&BlameReport>,
        logs: &[Result<Tail, String>],
    ) -> io::Result<()> {
        let mut event = self.event("Blame", track);
        event["message"] = json!(clean(&track.standing.what));
        if let Some(report) = report {
            event["report"] = serde_json::to_value(report).unwrap_or_default();
        }
        writeln!(self.out, "{event}")?;
        for tail in logs.iter().flatten() {
            let mut event = self.event("Log", track);
            event["pod"] = json!(tail.pod);
            event["container"] = json!(tail.container);
            event["previous"] = json!(tail.previous);
            event["lines"] = json!(tail.lines);
            writeln!(self.out, "{event}")?;
        }
        Ok(())
    }

    /// Says how it ended.
    pub(super) fn end(&mut self, words: &str, exit_code: u8, tracks: &[Track<'_>]) {
        let names = |state: State| -> Vec<String> {
            let of = tracks.iter().filter(|track| track.standing.state == state);
            of.map(Track::name).collect()
        };
        let written = match self.form {
            Form::Json => {
                let open: Vec<String> = tracks
                    .iter()
                    .filter(|t| !matches!(t.standing.state, State::Healthy | State::Failed))
                    .map(Track::name)
                    .collect();
                let event = json!({
                    "time": at(&self.look), "event": "End", "exitCode": exit_code, "message": words,
                    "healthy": names(State::Healthy), "failed": names(State::Failed), "open": open,
                });
                writeln!(self.out, "{event}")
            }
            _ if exit_code == 0 => writeln!(self.out, "{words}"),
            // The sentence of a failure goes to stderr, as every error does.
            _ => Ok(()),
        };
        if !self.is_closed {
            self.written(written);
        }
    }
}

fn at(look: &Look) -> String {
    let now = look.now;
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// Writes the end of a log below its heading.
pub(in crate::plugin) fn log(
    out: &mut impl Write,
    log: &Result<Tail, String>,
    look: &Look,
) -> io::Result<()> {
    let line = |out: &mut dyn Write, text: &Text| -> io::Result<()> {
        text.lines(look, None).iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    match log {
        Err(why) => line(out, &Text::default().and(Tone::Unsure, format!("No log: {why}"))),
        Ok(tail) => {
            let previous = if tail.previous { ", previous run" } else { "" };
            let heading =
                format!("Log of container [{}], pod {}{previous}:", tail.container, tail.pod);
            line(out, &Text::default().and(Tone::Name, heading))?;
            let bar = if look.ascii { "| " } else { "│ " };
            tail.lines.iter().try_for_each(|text| line(out, &Text::plain(format!("{bar}{text}"))))
        }
    }
}

fn widest(tracks: &[Track<'_>]) -> usize {
    tracks.iter().map(|track| track.name().chars().count()).max().unwrap_or(0).min(60)
}

pub(super) fn tone(state: State) -> Tone {
    match state {
        State::Failed | State::Troubled => Tone::Bad,
        State::Absent => Tone::Unsure,
        State::Progressing => Tone::Change,
        State::Settling | State::Healthy => Tone::Good,
    }
}
