//! What every trial stands on: the cluster, the controller, and what is seen of both.

mod audit;
mod record;
mod reports;
mod stream;

pub(crate) use audit::Audit;
pub(crate) use record::Recording;
pub(crate) use reports::{Reports, Version};

use crate::Failure;
use local_cluster::{Cluster, Error, Options};
use record::Recorder;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, OnceLock, RwLock};
use std::time::Duration;

/// The controller's identity: its service account, as `deploy/rbac.yaml` binds it.
pub(crate) const CONTROLLER: &str = "system:serviceaccount:kubeblame:kubeblame";
/// The groups every service account of its namespace is in.
const GROUPS: &[&str] = &["system:serviceaccounts", "system:serviceaccounts:kubeblame"];
/// The controller as a part of the cluster.
pub(crate) const PROGRAM: &str = "kubeblame";
/// What is installed: the CRD, and the controller's rights.
pub(crate) const CRD: &str = include_str!("../../crds/blamereports.yaml");
pub(crate) const RBAC: &str = include_str!("../../deploy/rbac.yaml");
const SETTLED: Duration = Duration::from_mins(1);
/// The ports that are taken from for what is no part of a cluster.
const FIRST_PORT: u16 = 31_300;
const PORTS: u16 = 1_400;

/// The shared cluster and its observers.
pub(crate) struct Bed {
    pub(crate) cluster: Cluster,
    pub(crate) reports: Reports,
    pub(crate) audit: Audit,
    pub(crate) recorder: Option<Recorder>,
    /// Read by a situation, written by a fault: a fault has the cluster for itself.
    pub(crate) turn: RwLock<()>,
    /// A kubectl under its own name beside the plugin, so that `kubectl blame` is real.
    pub(crate) path: PathBuf,
    endpoint: String,
}

/// Holds the bed until the end of the process ends it, or [`end`] does.
static BED: OnceLock<Result<Bed, String>> = OnceLock::new();
/// Only one trial starts it; the others wait for the same outcome.
static STARTING: Mutex<()> = Mutex::new(());

/// The shared bed; the first call makes it.
pub(crate) fn bed() -> Result<&'static Bed, Failure> {
    let _starting = STARTING.lock();
    let bed = BED.get_or_init(|| Bed::make().map_err(|error| error.to_string()));
    bed.as_ref().map_err(|sentence| Failure::from(sentence.clone()))
}

/// Takes the cluster down, if there is one, so that nothing is left when the process ends.
pub(crate) fn end() {
    if let Some(Ok(bed)) = BED.get() {
        // The guardian ends the rest when this process does; asked, it says when it is done.
        _ = Cluster::down(bed.cluster.dir());
    }
}

impl Bed {
    fn make() -> Result<Self, Failure> {
        let cluster = Cluster::start(&Options::full())?;
        let recorder = Recorder::from_env(&cluster)?;
        install_crd(&cluster)?;
        cluster.apply(RBAC)?;
        let reports = Reports::follow(&cluster);
        let endpoint = format!("127.0.0.1:{}", free_port()?);
        let audit = Audit::of(&cluster);
        let path = commands(&cluster)?;
        let turn = RwLock::new(());
        let bed = Self { cluster, reports, audit, recorder, turn, path, endpoint };
        bed.start_controller()?;
        Ok(bed)
    }

    /// Starts the controller as it is deployed: its own identity, default flags.
    pub(crate) fn start_controller(&self) -> Result<(), Failure> {
        let kubeconfig = identity(&self.cluster)?.display().to_string();
        let argv = [
            env!("CARGO_BIN_EXE_kubeblame"),
            "--kubeconfig",
            &kubeconfig,
            "--health-bind-address",
            &self.endpoint,
            "--metrics-bind-address",
            "127.0.0.1:0",
        ];
        let ready = format!("http://{}/readyz", self.endpoint);
        self.cluster.start_program(PROGRAM, &argv, &[], &ready)?;
        Ok(())
    }

    /// What the controller has logged so far.
    pub(crate) fn controller_log(&self) -> String {
        std::fs::read_to_string(self.cluster.log(PROGRAM)).unwrap_or_default()
    }
}

/// Installs the CRD and waits until it is served.
pub(crate) fn install_crd(cluster: &Cluster) -> Result<(), Error> {
    cluster.apply(CRD)?;
    cluster.wait_served("blamereports.kubeblame.dev", SETTLED)
}

/// A kubeconfig with exactly the controller's rights.
pub(crate) fn identity(cluster: &Cluster) -> Result<PathBuf, Error> {
    cluster.kubeconfig_for(CONTROLLER, GROUPS)
}

/// A port that is free now, and stays so: it lies below those that the kernel gives to
/// connections, of which there are hundreds, and above those that clusters claim.
pub(crate) fn free_port() -> std::io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % u32::from(PORTS)).unwrap_or_default();
    let mut refusal = None;
    for _ in 0..PORTS {
        let port = FIRST_PORT + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => refusal = Some(error),
        }
    }
    Err(refusal.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}

/// A directory with `kubectl` and `kubectl-blame`, to be a PATH.
fn commands(cluster: &Cluster) -> Result<PathBuf, Failure> {
    let path = cluster.dir().join("bin");
    std::fs::create_dir_all(&path)?;
    let link = |name: &str, to: &Path| std::os::unix::fs::symlink(to, path.join(name));
    link("kubectl", Path::new(cluster.kubectl().get_program()))?;
    link("kubectl-blame", Path::new(env!("CARGO_BIN_EXE_kubectl-blame")))?;
    Ok(path)
}
