//! The API server goes and comes back under people who wait: they hear of it once, and are
//! told the truth in the end.

use super::ensure;
use crate::manifest::deployment;
use crate::plugin::command;
use crate::stage::{PATIENCE, Stage};
use crate::{Failure, Outcome};
use local_cluster::poll;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// One waits for what stays well, one for what breaks after the return, and one begins while
/// nobody answers.
pub(super) fn run(stage: &Stage) -> Outcome {
    let begun = Instant::now();
    for name in ["good", "bad"] {
        stage.apply(&deployment(name, &["serve"]).at_once())?;
    }
    for name in ["deploy/good", "deploy/bad"] {
        stage.rolled_out(name)?;
    }
    // Counted from when it was ready: it is not to settle before the server goes.
    let settle = format!("--settle={}s", begun.elapsed().as_secs() + 40);
    let mut good = Wait::begin(stage, "good", "deploy/good", &settle)?;
    let mut bad = Wait::begin(stage, "bad", "deploy/bad", "--settle=10m")?;
    for wait in [&good, &bad] {
        wait.until(&wait.answer, "deployment/")?;
    }
    stage.bed().cluster.stop_apiserver()?;
    let gone = (|| {
        let late = Wait::begin(stage, "late", "deploy/good", "--settle=10s")?;
        [&good, &bad, &late].iter().try_for_each(|wait| wait.until(&wait.said, "trying again"))?;
        Ok::<_, Failure>(late)
    })();
    // Whatever went wrong: the server is others' as well.
    stage.bed().cluster.start_apiserver()?;
    let mut late = gone?;
    stage.apply(&deployment("bad", &["exit", "3"]).at_once())?;
    good.ended(0, "is healthy")?;
    late.ended(0, "is healthy")?;
    bad.ended(2, "exits with code 3")
}

/// What somebody says, as far as it was read.
type Heard = Arc<Mutex<String>>;

/// A `kubectl blame wait` that goes on; dropped, it ends.
struct Wait {
    name: &'static str,
    child: Child,
    answer: Heard,
    said: Heard,
}

impl Drop for Wait {
    fn drop(&mut self) {
        // It has ended already, unless the trial failed.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Wait {
    fn begin(stage: &Stage, name: &'static str, what: &str, settle: &str) -> Result<Self, Failure> {
        let mut command = command(stage, &["blame", "wait", what, "--timeout=5m", settle]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let answer = heard(child.stdout.take());
        let said = heard(child.stderr.take());
        Ok(Self { name, child, answer, said })
    }

    /// Waits until it has said this.
    fn until(&self, heard: &Heard, words: &str) -> Outcome {
        poll(&format!("{words:?} of {}", self.name), PATIENCE, || {
            text(heard).contains(words).then_some(())
        })
        .map_err(|error| format!("{error}:\n{}\n{}", text(&self.answer), text(&self.said)).into())
    }

    /// Waits until it has ended, and checks how, and that it spoke of the outage once.
    fn ended(&mut self, exit: i32, says: &str) -> Outcome {
        let status = self.child.wait()?;
        // Its last words are read by others, and may still be on their way.
        self.until(&self.answer, says)?;
        self.until(&self.said, "answers again")?;
        let said = text(&self.said);
        let once = |words: &str| said.matches(words).count() == 1;
        let is_right = status.code() == Some(exit) && once("trying again") && once("answers again");
        ensure(is_right, || {
            format!("{}: {:?}\n{}\n{said}", self.name, status.code(), text(&self.answer))
        })
    }
}

/// Reads to the end what comes from somewhere.
fn heard(from: Option<impl Read + Send + 'static>) -> Heard {
    let heard = Heard::default();
    let own = Arc::clone(&heard);
    thread::spawn(move || {
        for line in from.into_iter().flat_map(|from| BufReader::new(from).lines()).flatten() {
            let mut heard = own.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push_str(&line);
            heard.push('\n');
        }
    });
    heard
}

fn text(heard: &Heard) -> String {
    heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
