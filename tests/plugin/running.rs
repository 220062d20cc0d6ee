//! A plugin that goes on: what it has said so far, and how it ends. Tests wait for its words and
//! not for a time, since nobody knows how fast a machine is.

use super::server::Server;
use std::io::Read;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long anything may take; only what is wrong takes as long.
const PATIENCE: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_millis(20);

/// Waits until something holds; `otherwise` tells what is so instead.
pub(crate) fn until(mut holds: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {}", otherwise());
        thread::sleep(INTERVAL);
    }
}

/// A stream, as far as it was read.
struct Heard {
    text: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Heard {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let mut stream = stream.expect("piped");
        let text = Arc::new(Mutex::new(String::new()));
        let own = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                own.lock().expect("a lock").push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { text, reader }
    }

    fn text(&self) -> String {
        self.text.lock().expect("a lock").clone()
    }

    fn whole(self) -> String {
        self.reader.join().expect("it reads to the end");
        self.text.lock().expect("a lock").clone()
    }
}

/// The plugin as it runs.
pub(crate) struct Running {
    child: Child,
    answer: Heard,
    said: Heard,
}

impl Running {
    /// Runs it against a server.
    pub(crate) fn new(server: &Server, arguments: &[&str]) -> Self {
        Self::of(&mut server.plugin(arguments))
    }

    /// Runs it; both its streams are piped.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("it runs");
        let answer = Heard::of(child.stdout.take());
        let said = Heard::of(child.stderr.take());
        Self { child, answer, said }
    }

    /// Waits until its answer holds these words.
    pub(crate) fn until_answered(&self, words: &str) {
        self.until(|| self.answer.text().contains(words), words);
    }

    /// Waits until it has said these words, beside its answer, so often.
    pub(crate) fn until_said(&self, words: &str, times: usize) {
        self.until(|| self.said.text().matches(words).count() >= times, words);
    }

    fn until(&self, holds: impl FnMut() -> bool, words: &str) {
        until(holds, || format!("{words:?}\n{}\n{}", self.answer.text(), self.said.text()));
    }

    /// How it ended, its answer, and what it said beside that.
    pub(crate) fn ended(mut self) -> (Option<i32>, String, String) {
        let status = self.child.wait().expect("it ends");
        (status.code(), self.answer.whole(), self.said.whole())
    }

    /// Interrupts it, and gives its answer and what it said.
    pub(crate) fn interrupted(self) -> (String, String) {
        let kill = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        let (code, answer, said) = self.ended();
        assert_eq!(code, Some(130), "{answer}{said}");
        (answer, said)
    }
}
