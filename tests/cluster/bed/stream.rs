//! One watch of the API server, followed for as long as the cluster lives.

use local_cluster::Cluster;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// A pause before a watch that ended is made anew.
const AGAIN: Duration = Duration::from_millis(200);

/// What a watch says of one object.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) type_: String,
    pub(super) object: Box<RawValue>,
}

/// What happens on a watch.
#[derive(Debug)]
pub(super) enum Signal {
    /// It begins, and tells of every object there is.
    Begins,
    /// An event.
    Event(Event),
}

/// Follows the watch of a path such as `/api/v1/pods` in a thread of its own.
pub(super) fn follow(cluster: &Cluster, path: &str, mut tell: impl FnMut(Signal) + Send + 'static) {
    let mut command = cluster.kubectl();
    command.args(["get", "--raw", &format!("{path}?watch=1")]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let dir = cluster.dir().to_owned();
    thread::spawn(move || {
        while dir.exists() {
            tell(Signal::Begins);
            once(&mut command, &mut tell);
            thread::sleep(AGAIN);
        }
    });
}

fn once(command: &mut Command, tell: &mut impl FnMut(Signal)) {
    let Ok(mut child) = command.spawn() else { return };
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // What is no event is the end: kubectl's word on a broken connection.
            let Ok(event) = serde_json::from_str::<Event>(&line) else { break };
            tell(Signal::Event(event));
        }
    }
    _ = child.kill();
    _ = child.wait();
}
