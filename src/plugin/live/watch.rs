//! `--watch`: the answer as it changes, until Ctrl-C.
//!
//! The answer is asked for again at a steady pace instead of being pushed, so
//! that nothing has to survive a closed watch, a 410 or a restart of the API
//! server: the next question finds whatever is there. What was seen before is
//! remembered between questions.

use super::super::args::{Args, Output};
use super::super::failure::Failure;
use super::super::find::Found;
use super::super::kinds::Target;
use super::super::render::Look;
use super::super::{output, terminal};
use super::compute::Computer;
use super::{Asker, computed_here, note, reported, resource};
use crate::report::Verdict;
use jiff::Timestamp;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// How often a report is read again: one GET.
const REPORT_SECONDS: u64 = 1;
/// How often an answer is computed again: up to six lists.
const COMPUTE_SECONDS: u64 = 3;

/// Follows what is named.
pub(in crate::plugin) async fn follow(
    asker: &Asker<'_>,
    targets: &[Target],
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut computers: Vec<Computer<'_>> =
        targets.iter().map(|_| Computer::new(asker.cluster, &asker.namespace)).collect();
    let mut view = View { said: String::new(), last: Vec::new() };
    let mut is_local = asker.args.local;
    loop {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for (target, computer) in targets.iter().zip(&mut computers) {
            match once(asker, target, computer, &mut is_local).await {
                Ok(one) => found.push(one),
                Err(Failure::NotFound(why)) => missing.push(format!("{why}: waiting for it")),
                Err(Failure::Unreached(why)) => missing.push(format!("{why}: trying again")),
                Err(other) => return Err(other),
            }
        }
        view.say(&missing.join("\n"));
        if !found.is_empty() {
            let look = Look { now: asker.cluster.now(), ..look.clone() };
            view.show(asker.args, &found, &look, out)?;
        }
        let seconds = if is_local { COMPUTE_SECONDS } else { REPORT_SECONDS };
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// Asks once: the report, or else the computer, which then stays in charge.
async fn once(
    asker: &Asker<'_>,
    target: &Target,
    computer: &mut Computer<'_>,
    is_local: &mut bool,
) -> Result<Found, Failure> {
    let name = target.name.as_deref().unwrap_or_default();
    let resource = resource::resolve(asker.cluster, &target.kind).await?;
    if !*is_local {
        match reported::one(asker.cluster, &resource, &asker.namespace, name).await? {
            Ok(found) => return Ok(found),
            Err(why) => {
                // A report that is only not there yet may still come.
                if why.contains("no BlameReports") {
                    computed_here(&why);
                    *is_local = true;
                }
            }
        }
    }
    computer.one(&resource, name).await
}

/// What is on the screen, or was last written.
struct View {
    said: String,
    last: Vec<(String, Verdict, String)>,
}

impl View {
    /// Says a message once.
    fn say(&mut self, message: &str) {
        if message != self.said {
            message.lines().for_each(note);
            message.clone_into(&mut self.said);
        }
    }

    fn show(
        &mut self,
        args: &Args,
        found: &[Found],
        look: &Look,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        if args.common.output == Output::Tree && io::stdout().is_terminal() {
            // The terminal may have been resized.
            let look = Look { width: terminal::look(&args.common).width, ..look.clone() };
            let mut screen = Vec::new();
            output::found(&mut screen, found, &args.common.output, &look)?;
            // Home, then clear what is below: no flicker.
            write!(out, "\u{1b}[H\u{1b}[J")?;
            out.write_all(&screen)?;
            out.flush()?;
            return Ok(());
        }
        self.append(args, found, look, out)
    }

    /// Appends what has a new meaning.
    fn append(
        &mut self,
        args: &Args,
        found: &[Found],
        look: &Look,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        for one in found {
            let Some(status) = &one.report.status else { continue };
            let key = format!("{}/{:?}", one.report.metadata.name, one.pod);
            let cause =
                status.findings.first().map(|f| f.cause.summary.clone()).unwrap_or_default();
            let now = (key, status.verdict, cause);
            if self.last.contains(&now) {
                continue;
            }
            self.last.retain(|(key, ..)| *key != now.0);
            self.last.push(now);
            if args.common.output == Output::Tree {
                writeln!(out, "# {}", stamp(look.now))?;
            }
            output::found(out, std::slice::from_ref(one), &args.common.output, look)?;
            out.flush()?;
        }
        Ok(())
    }
}

/// A time in whole seconds.
fn stamp(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
