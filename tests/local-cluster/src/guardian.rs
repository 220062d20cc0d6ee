//! Talking to the guardian: the process that owns what a cluster leaves on the
//! machine, and that starts and stops the components (see `go/own/guardian`).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::assets::Assets;
use crate::{Error, poll};

/// Unix sockets have paths of at most 108 bytes, and the longest below a
/// cluster's directory (containerd's) is about 40.
const LONGEST_PARENT: usize = 50;

/// Where a cluster lives on the machine; the guardian chose it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) bridge: String,
    #[serde(default)]
    pub(crate) subnet: String,
    #[serde(default)]
    pub(crate) gateway: String,
    pub(crate) service_subnet: String,
    pub(crate) service_ip: String,
    pub(crate) port_base: u16,
}

/// The hold on a guardian: dropping it ends the cluster.
#[derive(Debug)]
pub(crate) struct Guardian {
    process: Child,
    /// Its closing, for whatever reason, is the signal to end.
    stdin: Option<ChildStdin>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Greeting {
    Place(Box<Place>),
    Refused { error: String },
}

impl Guardian {
    /// Starts a guardian, which makes the cluster's directory and, for a node, its bridge.
    pub(crate) fn start(assets: &Assets, node: bool) -> Result<(Self, Place), Error> {
        let need: Vec<String> =
            assets.directories().iter().map(|dir| dir.display().to_string()).collect();
        let mut process = Command::new(assets.path("guardian")?)
            .arg("-parent")
            .arg(parent_directory())
            .arg(format!("-node={node}"))
            .args(["-need", &need.join(":")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // An inherited stderr would keep a pipe open that somebody reads to its end.
            .stderr(Stdio::null())
            // A terminal's Ctrl-C is for the harness alone.
            .process_group(0)
            .spawn()
            .map_err(|error| Error::of("could not start the guardian", error))?;
        let stdin = process.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            _ = BufReader::new(stdout).read_line(&mut line);
        }
        let guardian = Self { process, stdin };
        match serde_json::from_str(&line) {
            Ok(Greeting::Place(place)) => Ok((guardian, *place)),
            Ok(Greeting::Refused { error }) => Err(Error::new(error)),
            Err(_) => Err(Error::new("the guardian ended before it said anything")),
        }
    }

    /// Lets the cluster live on after this process; [`down`] ends it.
    pub(crate) fn keep(mut self) -> Result<(), Error> {
        if let Some(stdin) = &mut self.stdin {
            writeln!(stdin, "keep")
                .map_err(|error| Error::of("could not talk to the guardian", error))?;
        }
        self.stdin = None;
        Ok(())
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        // `keep` has already closed the pipe: then there is nothing to wait for.
        if self.stdin.take().is_some() {
            _ = self.process.wait();
        }
    }
}

fn parent_directory() -> PathBuf {
    let wished = std::env::temp_dir();
    if wished.as_os_str().len() <= LONGEST_PARENT { wished } else { PathBuf::from("/tmp") }
}

/// A request on the control socket in the cluster's directory.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Request {
    op: &'static str,
    name: String,
    argv: Vec<String>,
    env: Vec<String>,
    ready: String,
    timeout_ms: u128,
    to: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    error: String,
    #[serde(default)]
    running: BTreeMap<String, String>,
}

/// How long a component may take to become ready: seconds on a quiet machine,
/// far more when two small cores also compile.
const READY: Duration = Duration::from_mins(2);

/// How long a component or a whole cluster may take to end.
pub(crate) const END: Duration = Duration::from_secs(15);

/// Starts a component. `ready` is what must answer: an http(s) URL or a `unix://` path.
pub(crate) fn start(dir: &Path, name: &str, argv: Vec<String>, ready: &str) -> Result<(), Error> {
    start_with(dir, name, argv, Vec::new(), ready)
}

/// The same with environment variables, as `NAME=value`.
pub(crate) fn start_with(
    dir: &Path,
    name: &str,
    argv: Vec<String>,
    env: Vec<String>,
    ready: &str,
) -> Result<(), Error> {
    let name = name.to_owned();
    let ready = ready.to_owned();
    let timeout_ms = READY.as_millis();
    let request = Request {
        op: "start",
        name: name.clone(),
        argv,
        env,
        ready,
        timeout_ms,
        ..Request::default()
    };
    let Err(error) = ask(dir, &request) else { return Ok(()) };
    // That another part has ended is most often why this one was not ready.
    let mut others = ended(dir)?.into_iter().filter(|(other, _)| *other != name);
    Err(match others.next() {
        Some((other, how)) => {
            Error::new(format!("{other} {how}, and {error}")).with_log(&log(dir, &other))
        }
        None => error,
    })
}

/// Starts a component again as it was started before.
pub(crate) fn start_again(dir: &Path, name: &str) -> Result<(), Error> {
    start(dir, name, Vec::new(), "")
}

/// Stops a component: asks first, kills it after `patience`; without any it is killed unasked.
pub(crate) fn stop(dir: &Path, name: &str, patience: Duration) -> Result<(), Error> {
    let name = name.to_owned();
    let timeout_ms = patience.as_millis();
    ask(dir, &Request { op: "stop", name, timeout_ms, ..Request::default() })?;
    Ok(())
}

/// Forwards the in-cluster service address to the API server.
pub(crate) fn forward(dir: &Path, to: String) -> Result<(), Error> {
    ask(dir, &Request { op: "forward", to, ..Request::default() })?;
    Ok(())
}

/// Fails when a component has ended that was not stopped.
pub(crate) fn check(dir: &Path) -> Result<(), Error> {
    match ended(dir)?.pop_first() {
        Some((name, how)) => Err(Error::new(format!("{name} {how}")).with_log(&log(dir, &name))),
        None => Ok(()),
    }
}

/// The components that have ended unasked, and how each did.
fn ended(dir: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut parts = ask(dir, &Request { op: "list", ..Request::default() })?.running;
    parts.retain(|_, how| !how.is_empty());
    Ok(parts)
}

/// Ends a cluster, kept or not, and waits until its directory is gone.
pub(crate) fn down(dir: &Path) -> Result<(), Error> {
    ask(dir, &Request { op: "down", ..Request::default() })?;
    poll(&format!("the end of the cluster in {}", dir.display()), END, || {
        (!dir.exists()).then_some(())
    })
}

/// The log of a component.
pub(crate) fn log(dir: &Path, name: &str) -> PathBuf {
    dir.join("logs").join(format!("{name}.log"))
}

fn ask(dir: &Path, request: &Request) -> Result<Answer, Error> {
    let name = request.name.clone();
    let exchange = || -> std::io::Result<Answer> {
        let mut socket = UnixStream::connect(dir.join("ctl"))?;
        socket.write_all(serde_json::to_string(request)?.as_bytes())?;
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    };
    let answer = exchange()
        .map_err(|error| Error::of(format!("no cluster answers in {}", dir.display()), error))?;
    if answer.error.is_empty() {
        return Ok(answer);
    }
    let error = Error::new(answer.error);
    Err(if name.is_empty() { error } else { error.with_log(&log(dir, &name)) })
}
