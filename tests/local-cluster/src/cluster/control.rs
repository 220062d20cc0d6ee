//! Changing a running cluster: stopping and starting parts, adding nodes and images.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Cluster;
use crate::{Error, Mode, guardian, images, kwok};

const API_SERVER: &str = "kube-apiserver";
const KUBELET: &str = "kubelet";

/// Asked to end, an API server serves its open watches for another minute. It is
/// killed long before: a stop here is to look like a crash to its clients.
const GRACE: Duration = Duration::from_millis(200);

impl Cluster {
    /// The mode that was started, which may be less than what was wished.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The cluster's own directory; it goes with the cluster.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.place.dir
    }

    /// The API server's URL on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api_server)
    }

    /// The certificate authority that signed the API server's certificate.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        PathBuf::from(self.authority.file("ca.crt"))
    }

    /// Host and port at which pods reach the API server. It is also where a client's
    /// in-cluster configuration looks by itself, and the certificate names it.
    /// Without a real node there are no pods, and None.
    #[must_use]
    pub fn pod_api_endpoint(&self) -> Option<(&str, u16)> {
        (self.mode == Mode::Full).then_some((self.place.service_ip.as_str(), 443))
    }

    /// The pod network's gateway: this machine's address as pods see it.
    #[must_use]
    pub fn pod_gateway(&self) -> Option<&str> {
        (self.mode == Mode::Full).then_some(self.place.gateway.as_str())
    }

    /// One JSON object a line for every request that the API server has answered.
    /// Without [`crate::Options::audit`] there is no such file.
    #[must_use]
    pub fn audit_log(&self) -> PathBuf {
        self.place.dir.join("audit.log")
    }

    /// The log of a component, `kubelet` for example.
    #[must_use]
    pub fn log(&self, component: &str) -> PathBuf {
        guardian::log(&self.place.dir, component)
    }

    /// The name of the node with real containers.
    #[must_use]
    pub fn node(&self) -> &'static str {
        crate::node::NAME
    }

    /// Stops a component: `etcd`, `kube-apiserver`, `kube-controller-manager`,
    /// `kube-scheduler`, `kubelet`, `containerd`, `registry` or `kwok`.
    ///
    /// # Errors
    /// When the mode has no such component.
    pub fn stop(&self, component: &str) -> Result<(), Error> {
        guardian::stop(&self.place.dir, component, guardian::END)
    }

    /// Starts a program of one's own as a part of the cluster: it ends with the
    /// cluster, however that ends, and its output is [`log(name)`](Self::log). `ready`
    /// is the URL that must answer before this returns; empty, nothing is waited for.
    ///
    /// # Errors
    /// When it cannot be started, or does not become ready.
    pub fn start_program(
        &self,
        name: &str,
        argv: &[&str],
        env: &[(&str, &str)],
        ready: &str,
    ) -> Result<(), Error> {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        let env = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        guardian::start_with(&self.place.dir, name, argv, env, ready)
    }

    /// Kills a component or program, as `kill -9` does.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn kill(&self, component: &str) -> Result<(), Error> {
        guardian::stop(&self.place.dir, component, Duration::ZERO)
    }

    /// Starts a component that was stopped, as before, and waits until it is ready.
    ///
    /// # Errors
    /// When it is running already, or does not become ready.
    pub fn start_again(&self, component: &str) -> Result<(), Error> {
        guardian::start_again(&self.place.dir, component)
    }

    /// Stops the API server as a crash would: watches break, requests are refused.
    ///
    /// # Errors
    /// When the cluster is gone.
    pub fn stop_apiserver(&self) -> Result<(), Error> {
        guardian::stop(&self.place.dir, API_SERVER, GRACE)
    }

    /// Starts it again on the same port, and waits until it is ready.
    ///
    /// # Errors
    /// When it is running already, or does not become ready.
    pub fn start_apiserver(&self) -> Result<(), Error> {
        self.start_again(API_SERVER)
    }

    /// Stops the API server, and starts it after a pause.
    ///
    /// # Errors
    /// When it does not become ready again.
    pub fn restart_apiserver(&self, pause: Duration) -> Result<(), Error> {
        self.stop_apiserver()?;
        std::thread::sleep(pause);
        self.start_apiserver()
    }

    /// Stops the kubelet; containers run on, and after a while the node is `NotReady`.
    ///
    /// # Errors
    /// When the mode has no kubelet.
    pub fn stop_kubelet(&self) -> Result<(), Error> {
        self.stop(KUBELET)
    }

    /// Starts the kubelet again.
    ///
    /// # Errors
    /// When it is running already, or does not become ready.
    pub fn start_kubelet(&self) -> Result<(), Error> {
        self.start_again(KUBELET)
    }

    /// Adds fake nodes, and waits until all are Ready. Nodes that were added are
    /// not to be deleted before more are added: their numbers go on from their count.
    ///
    /// # Errors
    /// When the cluster was started without fake nodes, or they do not turn Ready.
    pub fn add_kwok_nodes(&self, count: usize) -> Result<(), Error> {
        if count == 0 { Ok(()) } else { kwok::add_nodes(self, count) }
    }

    /// Puts an image on the node, or moves its tag: `content` is what the image
    /// differs by, and what its `serve` answers. All run the same program
    /// (see `go/own/workload`).
    ///
    /// # Errors
    /// When the mode has no containers.
    pub fn import_image(&self, name: &str, content: &str) -> Result<(), Error> {
        images::import(&self.assets, &self.containerd_socket(), &[(name, content)])
    }

    /// Puts the images of an OCI archive on the node.
    ///
    /// # Errors
    /// When the mode has no containers, or the file is no such archive.
    pub fn import_archive(&self, file: &Path) -> Result<(), Error> {
        let archive = std::fs::read(file)
            .map_err(|error| Error::of(format!("could not read {}", file.display()), error))?;
        images::import_archive(&self.assets, &self.containerd_socket(), &archive)
    }

    pub(super) fn containerd_socket(&self) -> PathBuf {
        self.place.dir.join("run/containerd.sock")
    }
}
