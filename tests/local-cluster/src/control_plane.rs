//! etcd, API server, controller manager and scheduler: how they are started.

use crate::assets::Assets;
use crate::certificates::Authority;
use crate::guardian::{self, Place};
use crate::{Error, Mode, Options, files};

/// The ports of a cluster: fixed places in the block the guardian claimed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) api_server: u16,
    etcd: u16,
    etcd_peer: u16,
    controller_manager: u16,
    scheduler: u16,
    pub(crate) kubelet: u16,
    pub(crate) kubelet_health: u16,
    pub(crate) registry: u16,
}

impl Ports {
    pub(crate) fn of(place: &Place) -> Self {
        let at = |offset| place.port_base + offset;
        Self {
            api_server: at(0),
            etcd: at(1),
            etcd_peer: at(2),
            controller_manager: at(3),
            scheduler: at(4),
            kubelet: at(5),
            kubelet_health: at(6),
            registry: at(7),
        }
    }
}

/// Every request by anybody, without bodies: enough to count who asks for what.
const AUDIT_POLICY: &str = "{\"apiVersion\":\"audit.k8s.io/v1\",\"kind\":\"Policy\",\
    \"omitStages\":[\"RequestReceived\"],\"rules\":[{\"level\":\"Metadata\"}]}\n";

/// What starting a part of a cluster needs to know.
pub(crate) struct Plan<'a> {
    pub(crate) assets: &'a Assets,
    pub(crate) place: &'a Place,
    pub(crate) ports: Ports,
    pub(crate) authority: &'a Authority,
    pub(crate) options: &'a Options,
    pub(crate) mode: Mode,
}

impl Plan<'_> {
    pub(crate) fn argv(&self, name: &str, flags: Vec<String>) -> Result<Vec<String>, Error> {
        let mut argv = vec![self.assets.path(name)?.display().to_string()];
        argv.extend(flags);
        Ok(argv)
    }

    /// A path below the cluster's directory.
    pub(crate) fn path(&self, below: &str) -> String {
        self.place.dir.join(below).display().to_string()
    }

    /// The kubeconfig of a component.
    pub(crate) fn kubeconfig(&self, user: &str, groups: &[&str]) -> Result<String, Error> {
        let path = self.place.dir.join("pki").join(format!("{user}.kubeconfig"));
        self.authority.kubeconfig(&path, user, groups)?;
        Ok(path.display().to_string())
    }

    /// Many fake nodes ask more of the servers than their defaults allow.
    fn is_large(&self) -> bool {
        self.mode == Mode::Kwok || self.options.kwok_nodes > 0
    }
}

/// Starts etcd and the API server, and returns when the latter is ready.
pub(crate) fn start_servers(plan: &Plan<'_>) -> Result<(), Error> {
    let dir = &plan.place.dir;
    let etcd = format!("http://127.0.0.1:{}", plan.ports.etcd);
    guardian::start(
        dir,
        "etcd",
        plan.argv("etcd", etcd_flags(plan, &etcd))?,
        &format!("{etcd}/readyz"),
    )?;
    let ready = format!("https://127.0.0.1:{}/readyz", plan.ports.api_server);
    let flags = api_server_flags(plan, &etcd)?;
    guardian::start(dir, "kube-apiserver", plan.argv("kube-apiserver", flags)?, &ready)?;
    if !plan.place.bridge.is_empty() {
        guardian::forward(dir, format!("127.0.0.1:{}", plan.ports.api_server))?;
    }
    Ok(())
}

fn etcd_flags(plan: &Plan<'_>, url: &str) -> Vec<String> {
    let peer = format!("http://127.0.0.1:{}", plan.ports.etcd_peer);
    vec![
        format!("--data-dir={}", plan.path("etcd")),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        // The data is thrown away with the cluster, so the disk need not be waited for.
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
        format!("--quota-backend-bytes={}", 8_u64 << 30),
        "--auto-compaction-mode=periodic".to_owned(),
        "--auto-compaction-retention=5m".to_owned(),
    ]
}

fn api_server_flags(plan: &Plan<'_>, etcd: &str) -> Result<Vec<String>, Error> {
    let authority = plan.authority;
    let mut flags = vec![
        format!("--etcd-servers={etcd}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", plan.ports.api_server),
        format!("--tls-cert-file={}", authority.file("server.crt")),
        format!("--tls-private-key-file={}", authority.file("server.key")),
        format!("--client-ca-file={}", authority.file("ca.crt")),
        // Without these the other servers complain that they cannot read them.
        format!("--requestheader-client-ca-file={}", authority.file("ca.crt")),
        "--requestheader-allowed-names=front-proxy".to_owned(),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-signing-key-file={}", authority.file("tokens.key")),
        format!("--service-account-key-file={}", authority.file("tokens.key")),
        format!("--service-cluster-ip-range={}", plan.place.service_subnet),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--kubelet-client-certificate={}", authority.file("kubelet-client.crt")),
        format!("--kubelet-client-key={}", authority.file("kubelet-client.key")),
        format!("--kubelet-certificate-authority={}", authority.file("ca.crt")),
    ];
    if plan.options.audit {
        let policy = plan.place.dir.join("audit-policy.json");
        files::write(&policy, AUDIT_POLICY)?;
        flags.push(format!("--audit-policy-file={}", policy.display()));
        flags.push(format!("--audit-log-path={}", plan.path("audit.log")));
    }
    if plan.is_large() {
        flags.push("--max-requests-inflight=4000".to_owned());
        flags.push("--max-mutating-requests-inflight=2000".to_owned());
    }
    flags.extend(plan.options.api_server_flags.iter().cloned());
    Ok(flags)
}

/// Starts the controller manager and the scheduler; they find the API server by themselves.
pub(crate) fn start_controllers(plan: &Plan<'_>) -> Result<(), Error> {
    let dir = &plan.place.dir;
    let large: &[&str] = if plan.is_large() {
        &["--kube-api-qps=500", "--kube-api-burst=1000"]
    } else {
        &["--kube-api-qps=100", "--kube-api-burst=200"]
    };
    let common = |user: &str, port: u16| -> Result<Vec<String>, Error> {
        let kubeconfig = plan.kubeconfig(user, &[])?;
        let mut flags = vec![
            format!("--kubeconfig={kubeconfig}"),
            format!("--authentication-kubeconfig={kubeconfig}"),
            format!("--authorization-kubeconfig={kubeconfig}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={port}"),
            format!("--tls-cert-file={}", plan.authority.file("server.crt")),
            format!("--tls-private-key-file={}", plan.authority.file("server.key")),
            "--leader-elect=false".to_owned(),
        ];
        flags.extend(large.iter().map(ToString::to_string));
        Ok(flags)
    };
    let mut flags = common("system:kube-controller-manager", plan.ports.controller_manager)?;
    flags.push("--use-service-account-credentials=true".to_owned());
    let token_key = plan.authority.file("tokens.key");
    flags.push(format!("--service-account-private-key-file={token_key}"));
    flags.push(format!("--root-ca-file={}", plan.authority.file("ca.crt")));
    if plan.is_large() {
        flags.push("--concurrent-deployment-syncs=10".to_owned());
        flags.push("--concurrent-replicaset-syncs=20".to_owned());
        // Fake nodes send few heartbeats, to leave the cores to the work.
        flags.push("--node-monitor-grace-period=600s".to_owned());
    }
    flags.extend(plan.options.controller_manager_flags.iter().cloned());
    let name = "kube-controller-manager";
    guardian::start(dir, name, plan.argv(name, flags)?, "")?;

    let mut flags = common("system:kube-scheduler", plan.ports.scheduler)?;
    flags.extend(plan.options.scheduler_flags.iter().cloned());
    guardian::start(dir, "kube-scheduler", plan.argv("kube-scheduler", flags)?, "")
}
