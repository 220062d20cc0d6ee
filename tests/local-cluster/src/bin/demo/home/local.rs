//! The local cluster as the demo's home: the controller is a part of it.

use super::{CRD, Guest, Home, RBAC, at, build, program, set_guest};
use crate::screen::progress;
use crate::story::Cast;
use local_cluster::{Cluster, Error, Mode, Options};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

const SETTLED: Duration = Duration::from_secs(30);
/// Who the controller is: its service account, as `deploy/rbac.yaml` binds it.
const IDENTITY: &str = "system:serviceaccount:kubeblame:kubeblame";
const GROUPS: &[&str] = &["system:serviceaccounts", "system:serviceaccounts:kubeblame"];
/// The node's own images, under the names a user would write.
const IMAGES: &[(&str, &str)] =
    &[("docker.io/library/busybox:v1", "one"), ("docker.io/library/busybox:v2", "two")];
const CAST: Cast =
    Cast { before: ("busybox:v1", &[]), after: ("busybox:v2", &["workload", "exit", "3"]) };

impl Home {
    /// Starts a cluster, and on it the controller with the rights of `deploy/rbac.yaml`.
    pub(crate) fn local() -> Result<Self, Error> {
        let options = Options { audit: false, ..Options::full() };
        let cluster = thread::scope(|scope| {
            let build = scope.spawn(build);
            let cluster = Cluster::start(&options);
            build.join().map_err(|_| Error::new("the thread that builds panicked"))??;
            cluster
        })?;
        if cluster.mode() != Mode::Full {
            return Err(Error::new("the demo needs containers that really crash: root on Linux"));
        }
        let home = settle(&cluster)?;
        set_guest(Guest::Local(Box::new(cluster)));
        Ok(home)
    }
}

fn settle(cluster: &Cluster) -> Result<Home, Error> {
    for (name, content) in IMAGES {
        cluster.import_image(name, content)?;
    }
    progress("installing the CRD and the controller's rights, starting the controller");
    cluster.apply(CRD)?;
    cluster.apply(RBAC)?;
    cluster.wait_served("blamereports.kubeblame.dev", SETTLED)?;
    let identity = cluster.kubeconfig_for(IDENTITY, GROUPS)?.display().to_string();
    let controller = program("kubeblame")?.display().to_string();
    let address = free_address()?;
    cluster.start_program(
        "kubeblame",
        &[
            &controller,
            "--kubeconfig",
            &identity,
            "--health-bind-address",
            &address,
            "--metrics-bind-address",
            "127.0.0.1:0",
        ],
        &[],
        &format!("http://{address}/readyz"),
    )?;
    let dir = cluster.dir().join("demo");
    std::fs::create_dir_all(&dir).map_err(|e| at(&dir, &e))?;
    let kubectl = cluster.kubectl();
    Home::new(&dir, kubectl.get_program().as_ref(), cluster.kubeconfig(), CAST)
}

fn free_address() -> Result<String, Error> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = address.map_err(|error| Error::new(format!("no free port: {error}")))?;
    Ok(address.to_string())
}
