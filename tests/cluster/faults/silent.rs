//! A network that swallows every packet: no end, no error, as when a node or a router dies.

use super::process::Process;
use crate::bed::{CRD, RBAC, identity};
use crate::{Failure, Outcome};
use local_cluster::{Cluster, Options, poll};
use serde_json::{Value, json};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// How soon a dead stream is to be found: half a minute, and what a busy machine
/// makes of it. Without probes it would be the five minutes that a watch may last.
const FOUND: Duration = Duration::from_mins(1);

/// The watches stand on connections that die without a word, and are begun anew in time.
pub(super) fn run() -> Outcome {
    let cluster = Cluster::start(&Options::control_plane())?;
    cluster.apply(CRD)?;
    cluster.apply(RBAC)?;
    let network = Network::new()?;
    let kubeconfig = through(&cluster, &network)?;
    let inside = ["ip", "netns", "exec", &network.name];
    let process = Process::start_by(&inside, &kubeconfig, &["--log-level=kubeblame=debug"])?;
    process.says(&["judging"])?;
    network.cut()?;
    let interrupted = || {
        let log = process.log();
        log.lines().any(|line| line.contains("watch interrupted") && line.contains("\"Pod\""))
    };
    poll("the watch of pods to be found dead", FOUND, || interrupted().then_some(()))
        .map_err(|error| format!("{error}; it says:\n{}", process.log()))?;
    process.says(&["out of touch"])?;
    network.heal()?;
    process.says(&["in touch with the API server again"])?;
    process.terminate()?;
    Ok(())
}

/// The controller's kubeconfig, by way of the network.
fn through(cluster: &Cluster, network: &Network) -> Result<PathBuf, Failure> {
    let mut config: Value = serde_json::from_slice(&std::fs::read(identity(cluster)?)?)?;
    let server = &mut config["clusters"][0]["cluster"];
    let url = server["server"].as_str().ok_or("a kubeconfig without a server")?;
    let port = url.rsplit(':').next().unwrap_or_default().parse()?;
    let entrance = network.forward(([127, 0, 0, 1], port).into())?;
    server["server"] = json!(format!("https://{entrance}"));
    // The certificate is for the address behind it.
    server["tls-server-name"] = json!("localhost");
    let file = cluster.dir().join("silent.kubeconfig");
    std::fs::write(&file, config.to_string())?;
    Ok(file)
}

/// A network namespace with one cable to this machine; dropped, both are gone.
struct Network {
    name: String,
    here: String,
    /// The third byte of its addresses, of those that are set apart for tests of networks.
    number: u8,
}

impl Network {
    fn new() -> Result<Self, Failure> {
        let process = std::process::id();
        let number = u8::try_from(process % 256)?;
        let network =
            Self { name: format!("kubeblame-{process}"), here: format!("kb{process}"), number };
        let Self { name, here, .. } = &network;
        for command in [
            format!("netns add {name}"),
            format!("link add {here} type veth peer name uplink netns {name}"),
            format!("addr add 198.18.{number}.1/30 dev {here}"),
            format!("link set {here} up"),
            format!("-n {name} addr add 198.18.{number}.2/30 dev uplink"),
            format!("-n {name} link set uplink up"),
            format!("-n {name} link set lo up"),
        ] {
            ip(&command)?;
        }
        Ok(network)
    }

    /// A door to an address of this machine, that opens from within.
    fn forward(&self, to: SocketAddr) -> Result<SocketAddr, Failure> {
        let listener = TcpListener::bind(SocketAddr::from(([198, 18, self.number, 1], 0)))?;
        let entrance = listener.local_addr()?;
        thread::spawn(move || {
            for inner in listener.incoming().filter_map(Result::ok) {
                // What cannot be joined is closed, as a server that is not there closes it.
                _ = TcpStream::connect(to).and_then(|outer| join(&inner, &outer));
            }
        });
        Ok(entrance)
    }

    /// From now on nothing comes through to the inside, and nobody is told.
    fn cut(&self) -> Outcome {
        ip(&format!("route add blackhole 198.18.{}.2/32", self.number))
    }

    fn heal(&self) -> Outcome {
        ip(&format!("route del blackhole 198.18.{}.2/32", self.number))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Each may be gone already: the cable goes with the namespace.
        _ = self.heal();
        _ = ip(&format!("netns del {}", self.name));
        _ = ip(&format!("link del {}", self.here));
    }
}

fn ip(words: &str) -> Outcome {
    let output = Command::new("ip")
        .args(words.split(' '))
        .output()
        .map_err(|error| format!("ip (Debian's package iproute2) could not be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    super::ensure(output.status.success(), || format!("ip {words}: {said}"))
}

/// Carries bytes both ways until either side ends.
fn join(inner: &TcpStream, outer: &TcpStream) -> io::Result<()> {
    for (from, to) in [(inner, outer), (outer, inner)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        thread::spawn(move || {
            _ = io::copy(&mut from, &mut to);
            _ = to.shutdown(Shutdown::Both);
            _ = from.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
