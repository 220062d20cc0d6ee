//! The node with real containers: containerd, the CNI bridge and the kubelet.

use serde_json::{Value, json};

use crate::control_plane::Plan;
use crate::{Error, files, guardian};

/// The node's name. A loopback node address is refused by the kubelet, unless it
/// is the node's name.
pub(crate) const NAME: &str = "127.0.0.1";

/// Starts containerd and waits for its socket.
pub(crate) fn start_containerd(plan: &Plan<'_>) -> Result<(), Error> {
    let dir = &plan.place.dir;
    files::write(&dir.join("containerd.toml"), containerd_config(plan)?)?;
    files::write(&dir.join("cni/10-bridge.conflist"), bridge_config(plan).to_string())?;
    // Nothing is ever asked of a registry outside: every one is our own, which
    // knows no image (`go/own/guardian/registry.go`).
    let registry = format!("127.0.0.1:{}", plan.ports.registry);
    let hosts = format!("server = \"http://{registry}\"\n");
    files::write(&dir.join("registries/_default/hosts.toml"), hosts)?;
    let argv = plan.argv("guardian", vec![format!("-registry={registry}")])?;
    guardian::start(dir, "registry", argv, "")?;
    let flags = vec![
        format!("--config={}", plan.path("containerd.toml")),
        format!("--address={}", plan.path("run/containerd.sock")),
        "--log-level=warn".to_owned(),
    ];
    let socket = format!("unix://{}", plan.path("run/containerd.sock"));
    let argv = plan.argv("containerd", flags)?;
    guardian::start_with(dir, "containerd", argv, vec![search_path(plan)], &socket)
}

/// containerd finds its shim, and our runtime finds runc, by PATH.
fn search_path(plan: &Plan<'_>) -> String {
    let mut path = "PATH=".to_owned();
    for directory in plan.assets.directories() {
        path += &directory.display().to_string();
        path.push(':');
    }
    path + "/usr/sbin:/usr/bin:/sbin:/bin"
}

fn containerd_config(plan: &Plan<'_>) -> Result<String, Error> {
    let quoted: Vec<String> = plan
        .assets
        .directories()
        .iter()
        .map(|directory| format!("'{}'", directory.display()))
        .collect();
    Ok(format!(
        "version = 4
root = '{root}'
state = '/run/containerd'
disabled_plugins = [
  'io.containerd.nri.v1.nri',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.differ.v1.erofs',
  'io.containerd.tracing.processor.v1.otlp',
]
[plugins.'io.containerd.internal.v1.opt']
path = '{root}/opt'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = 'localhost/pause:1'
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = '{registries}'
[plugins.'io.containerd.cri.v1.runtime']
# The kubelet may lack the right to lower an OOM score.
restrict_oom_score_adj = true
disable_apparmor = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [{binaries}]
conf_dir = '{cni}'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = '{runtime}'
SystemdCgroup = false
",
        root = plan.path("node/containerd"),
        registries = plan.path("registries"),
        binaries = quoted.join(", "),
        cni = plan.path("cni"),
        runtime = plan.assets.path("runc-no-seccomp")?.display(),
    ))
}

/// Pods talk to each other and to the machine, and to nothing else: there is no
/// masquerading, so no iptables is needed.
fn bridge_config(plan: &Plan<'_>) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": plan.place.name,
        "plugins": [{
            "type": "bridge",
            "bridge": plan.place.bridge,
            "isGateway": true,
            "isDefaultGateway": true,
            "forceAddress": false,
            "ipMasq": false,
            "hairpinMode": true,
            "ipam": {
                "type": "host-local",
                "dataDir": plan.path("node/cni"),
                "ranges": [[{ "subnet": plan.place.subnet, "gateway": plan.place.gateway }]],
            },
        }],
    })
}

/// Starts the kubelet; the node is Ready a moment later.
pub(crate) fn start_kubelet(plan: &Plan<'_>) -> Result<(), Error> {
    let dir = &plan.place.dir;
    files::write(&dir.join("kubelet.json"), kubelet_config(plan).to_string())?;
    // The kubelet listens only to a directory that is there when it starts.
    files::create_directory(&dir.join("static-pods"))?;
    let user = format!("system:node:{NAME}");
    let flags = vec![
        format!("--config={}", plan.path("kubelet.json")),
        format!("--kubeconfig={}", plan.kubeconfig(&user, &["system:nodes"])?),
        format!("--root-dir={}", plan.path("node/kubelet")),
        format!("--cert-dir={}", plan.path("node/kubelet/pki")),
        format!("--hostname-override={NAME}"),
    ];
    let ready = format!("http://127.0.0.1:{}/healthz", plan.ports.kubelet_health);
    guardian::start(dir, "kubelet", plan.argv("kubelet", flags)?, &ready)
}

fn kubelet_config(plan: &Plan<'_>) -> Value {
    let socket = format!("unix://{}", plan.path("run/containerd.sock"));
    let mut config = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "127.0.0.1",
        "port": plan.ports.kubelet,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": plan.ports.kubelet_health,
        "containerRuntimeEndpoint": socket,
        "tlsCertFile": plan.authority.file("server.crt"),
        "tlsPrivateKeyFile": plan.authority.file("server.key"),
        "authentication": {
            "anonymous": { "enabled": false },
            "webhook": { "enabled": false },
            "x509": { "clientCAFile": plan.authority.file("ca.crt") },
        },
        "authorization": { "mode": "AlwaysAllow" },
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": format!("/{}", plan.place.name),
        "failCgroupV1": false,
        "failSwapOn": false,
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "podLogsDir": plan.path("node/pod-logs"),
        "volumePluginDir": plan.path("node/volume-plugins"),
        "staticPodPath": plan.path("static-pods"),
        "resolvConf": "",
        // There is no DNS server. Without an address each pod would get a
        // warning event about just that.
        "clusterDNS": [plan.place.service_ip.replace(".1", ".10")],
        "clusterDomain": "cluster.local",
        "serializeImagePulls": false,
        "registryPullQPS": 0,
        // A full disk of the machine is no reason to evict pods here.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {
            "memory.available": "0%",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        },
    });
    if let Some(fields) = config.as_object_mut() {
        fields.extend(plan.options.kubelet_config.clone());
    }
    config
}
