//! A running cluster, and what can be done with it.

mod control;
mod kubectl;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::assets::Assets;
use crate::certificates::Authority;
use crate::control_plane::{self, Plan, Ports};
use crate::error::tell;
use crate::guardian::{self, Guardian, Place};
use crate::{Error, Mode, Options, files, images, kwok, node, poll};

/// What another process needs to attach to a cluster, as `cluster.json` in its directory.
#[derive(Deserialize, Serialize)]
struct Record {
    place: Place,
    mode: Mode,
}

/// How long a node may take to become Ready, and a namespace to get its service account.
const SETTLED: Duration = Duration::from_mins(1);

/// A running Kubernetes. Dropping it ends every process and removes every trace.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    ports: Ports,
    assets: Assets,
    authority: Authority,
    mode: Mode,
    /// None when attached to a cluster that another process keeps.
    guardian: Option<Guardian>,
}

impl Cluster {
    /// Starts a cluster; returns when its node (in [`Mode::Full`]) is Ready.
    ///
    /// # Errors
    /// When a program cannot be built, or a component does not become ready; the
    /// sentence names it and the end of its log follows.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let begin = Instant::now();
        let mode = possible(options.mode);
        let fake = mode == Mode::Kwok || options.kwok_nodes > 0;
        let assets = Assets::prepare(mode, fake)?;
        let (guardian, place) = Guardian::start(&assets, mode == Mode::Full)?;
        let cluster = Self::new(assets, place, mode, Some(guardian))?;
        cluster.start_components(options)?;
        eprintln!(
            "local-cluster: Kubernetes v1.36.3 ({mode:?}) in {} after {:.1} s",
            cluster.place.dir.display(),
            begin.elapsed().as_secs_f32()
        );
        Ok(cluster)
    }

    /// Attaches to a cluster that another process started, by its directory.
    /// Dropping the result does not end the cluster.
    ///
    /// # Errors
    /// When there is no such cluster.
    pub fn attach(dir: &Path) -> Result<Self, Error> {
        let record: Record = serde_json::from_str(&files::read(&dir.join("cluster.json"))?)
            .map_err(|error| Error::of("could not read cluster.json", error))?;
        let assets = Assets::prepare(record.mode, record.mode == Mode::Kwok)?;
        Self::new(assets, record.place, record.mode, None)
    }

    fn new(
        assets: Assets,
        place: Place,
        mode: Mode,
        guardian: Option<Guardian>,
    ) -> Result<Self, Error> {
        let ports = Ports::of(&place);
        let authority = Authority::new(
            assets.path("certify")?,
            place.dir.join("pki"),
            format!("https://127.0.0.1:{}", ports.api_server),
        );
        Ok(Self { place, ports, assets, authority, mode, guardian })
    }

    /// Lets the cluster live on when this process ends; `local-cluster down DIR`
    /// (or [`Cluster::down`]) ends it. Returns its directory.
    ///
    /// # Errors
    /// When the cluster's guardian is gone.
    pub fn keep(mut self) -> Result<PathBuf, Error> {
        if let Some(guardian) = self.guardian.take() {
            guardian.keep()?;
        }
        Ok(self.place.dir.clone())
    }

    /// Ends the cluster in a directory, whoever started it, and waits until it is gone.
    ///
    /// # Errors
    /// When no cluster lives there.
    pub fn down(dir: &Path) -> Result<(), Error> {
        guardian::down(dir)
    }

    fn start_components(&self, options: &Options) -> Result<(), Error> {
        let (assets, place, authority) = (&self.assets, &self.place, &self.authority);
        let plan = Plan { assets, place, ports: self.ports, authority, options, mode: self.mode };
        authority.create(&[
            "127.0.0.1",
            "localhost",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "kubernetes.default",
            "kubernetes",
            &place.service_ip,
        ])?;
        authority.kubeconfig(&self.kubeconfig(), "admin", &["system:masters"])?;
        authority.client("kubelet-client", "kube-apiserver", &["system:masters"])?;
        thread::scope(|scope| {
            // containerd and the images do not need the API server, which takes longest.
            let runtime = (self.mode == Mode::Full).then(|| {
                scope.spawn(|| {
                    node::start_containerd(&plan)?;
                    let all: Vec<_> = images::INITIAL.iter().map(|name| (*name, *name)).collect();
                    images::import(&self.assets, &self.containerd_socket(), &all)
                })
            });
            control_plane::start_servers(&plan)?;
            control_plane::start_controllers(&plan)?;
            match runtime.map(thread::ScopedJoinHandle::join) {
                Some(Ok(outcome)) => outcome,
                Some(Err(_)) => Err(Error::new("the thread that starts containerd panicked")),
                None => Ok(()),
            }
        })?;
        if self.mode == Mode::Full {
            node::start_kubelet(&plan)?;
            self.wait_node_ready()?;
        }
        if self.mode == Mode::Kwok || options.kwok_nodes > 0 {
            kwok::start(&plan)?;
            self.add_kwok_nodes(options.kwok_nodes)?;
        }
        self.wait_service_accounts()?;
        let record = Record { place: self.place.clone(), mode: self.mode };
        let record = serde_json::to_string(&record)
            .map_err(|error| Error::of("could not describe the cluster", error))?;
        files::write(&self.place.dir.join("cluster.json"), record)?;
        guardian::check(&self.place.dir)
    }

    fn wait_node_ready(&self) -> Result<(), Error> {
        let ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
        poll("the node's being Ready", SETTLED, || {
            let status = self.kubectl_run(&["get", "node", node::NAME, "-o", ready]).ok()?;
            (status == "True").then_some(())
        })
        .map_err(|error| error.with_log(&guardian::log(&self.place.dir, "kubelet")))
    }

    /// Without its service account a namespace refuses pods.
    fn wait_service_accounts(&self) -> Result<(), Error> {
        poll("the making of the default service account", SETTLED, || {
            self.kubectl_run(&["get", "serviceaccount", "default", "-o", "name"]).ok()
        })
        .map(drop)
        .map_err(|error| error.with_log(&guardian::log(&self.place.dir, "kube-controller-manager")))
    }
}

/// What of the wished mode this machine can do; stderr says what it cannot.
fn possible(wished: Mode) -> Mode {
    if wished != Mode::Full {
        return wished;
    }
    let lacks = if !cfg!(target_os = "linux") {
        "Linux"
    } else if !is_root() {
        "root"
    } else {
        return Mode::Full;
    };
    tell(&format!(
        "local-cluster: real containers need {lacks}, so pods run on fake nodes (KWOK): nothing crashes there by itself"
    ));
    Mode::Kwok
}

fn is_root() -> bool {
    // The owner of this process's own entry is its user.
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}
