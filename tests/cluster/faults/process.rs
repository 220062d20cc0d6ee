//! A controller in a process of its own, with what it logs.

use crate::Failure;
use local_cluster::poll;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take that does not wait for a cluster.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// How soon a controller must end that is asked to: two seconds, and what a busy
/// machine makes of them. One that hangs takes for ever.
pub(super) const END: Duration = Duration::from_secs(10);

/// A running controller; dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it on a free port for its metrics.
    pub(super) fn start(kubeconfig: &Path) -> Result<Self, Failure> {
        Self::start_by(&[], kubeconfig, &[])
    }

    /// The same by another program, which becomes it, and with more flags.
    pub(super) fn start_by(
        by: &[&str],
        kubeconfig: &Path,
        flags: &[&str],
    ) -> Result<Self, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("controller-{}-{number}.log", std::process::id());
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut words = by.iter().chain([&env!("CARGO_BIN_EXE_kubeblame")]);
        let child = Command::new(words.next().ok_or("no program")?)
            .args(words)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(flags)
            .args(["--metrics-bind-address", "127.0.0.1:0", "--health-bind-address", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        Ok(Self { child, log })
    }

    /// What it has logged.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for a line of its log that holds all these words, and returns it.
    pub(super) fn says(&self, words: &[&str]) -> Result<String, Failure> {
        poll(&format!("a line of the controller's log with {words:?}"), PATIENCE, || {
            let log = self.log();
            let line = log.lines().find(|line| words.iter().all(|word| line.contains(word)));
            line.map(str::to_owned)
        })
        .map_err(|error| format!("{error}; it says:\n{}", self.log()).into())
    }

    /// Whether it still runs.
    pub(super) fn runs(&mut self) -> Result<(), Failure> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("it ended with {status}:\n{}", self.log()).into()),
        }
    }

    /// Asks it to end as Kubernetes does; fails when it takes longer than it may.
    pub(super) fn terminate(mut self) -> Result<ExitStatus, Failure> {
        let asked = Instant::now();
        let process = self.child.id().to_string();
        Command::new("sh").args(["-c", &format!("kill -TERM {process}")]).status()?;
        let status = poll("the controller's end", PATIENCE, || self.child.try_wait().ok()?)?;
        let took = asked.elapsed();
        if took > END {
            return Err(format!("it took {took:?} to end on SIGTERM:\n{}", self.log()).into());
        }
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        // A log that cannot be removed is overwritten one day.
        _ = std::fs::remove_file(&self.log);
    }
}
