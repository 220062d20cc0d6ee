//! Somebody's own cluster as the demo's home: what was not there before goes again.
//!
//! Their kubeconfig is read once, through kubectl, and never written: everything
//! after that uses a copy of the one context.

use super::{CRD, GUEST, Guest, Home, RBAC, answer, at, build, program, set_guest};
use crate::screen::progress;
use crate::story::Cast;
use local_cluster::{Error, poll};
use serde_json::{Value, json};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::PoisonError;
use std::time::Duration;

/// Where the demo's Deployment lives, and all that the controller watches.
const NAMESPACE: &str = "kubeblame-demo";
const SETTLED: Duration = Duration::from_mins(1);
const CAST: Cast = Cast {
    before: ("busybox:1.36", &["sleep", "infinity"]),
    after: ("busybox:1.37", &["sh", "-c", "exit 3"]),
};

/// What the demo brought into somebody's cluster.
#[derive(Debug)]
pub(super) struct Visit {
    dir: PathBuf,
    kubeconfig: PathBuf,
    controller: Option<Child>,
    /// Whether the namespace is the demo's own.
    brought_namespace: bool,
    /// Whether the CRD and the rights are the demo's own.
    brought_api: bool,
}

impl Home {
    /// Runs the controller beside the cluster of a context, under its service account.
    pub(crate) fn of_context(context: &str) -> Result<Self, Error> {
        build()?;
        let kubectl = which_kubectl()?;
        let view = ["config", "view", "--raw", "--minify", "--flatten", "-o", "json", "--context"];
        let theirs = answer(Command::new(&kubectl).args(view).arg(context))?;
        let dir = std::env::temp_dir().join(format!("kubeblame-demo-{}", std::process::id()));
        // It will hold credentials.
        DirBuilder::new().mode(0o700).create(&dir).map_err(|e| at(&dir, &e))?;
        let kubeconfig = dir.join("kubeconfig");
        set_guest(Guest::Visit(Visit {
            dir: dir.clone(),
            kubeconfig: kubeconfig.clone(),
            controller: None,
            brought_namespace: false,
            brought_api: false,
        }));
        let home = write_secret(&kubeconfig, &in_namespace(&theirs)?)
            .and_then(|()| Self::new(&dir, &kubectl, kubeconfig, CAST));
        let settled = home.and_then(|home| home.settle().map(|()| home));
        if settled.is_err() {
            super::end();
        }
        settled
    }

    fn settle(&self) -> Result<(), Error> {
        progress("installing the CRD and the controller's rights, starting the controller");
        self.ask(&["create", "namespace", NAMESPACE])?;
        change_visit(|visit| visit.brought_namespace = true);
        let crd = ["get", "crd", "blamereports.kubeblame.dev", "--ignore-not-found", "-o", "name"];
        let is_there = !self.ask(&crd)?.is_empty();
        self.write("crd.yaml", CRD)?;
        self.write("rbac.yaml", RBAC)?;
        change_visit(|visit| visit.brought_api = !is_there);
        self.ask(&["apply", "-f", "crd.yaml", "-f", "rbac.yaml"])?;
        // `kubectl wait` fails when it comes before the CRD's first condition.
        poll("the serving of blamereports", SETTLED, || {
            self.ask(&["get", "blamereports.kubeblame.dev", "--output=name"]).ok()
        })?;
        self.start_controller()?;
        poll("the making of the namespace's service account", SETTLED, || {
            self.ask(&["get", "serviceaccount", "default", "-o", "name"]).ok()
        })
        .map(drop)
    }

    fn start_controller(&self) -> Result<(), Error> {
        let token = ["create", "token", "kubeblame", "-n", "kubeblame", "--duration=8h"];
        let token = self.ask(&token)?;
        let own = self.ask(&["config", "view", "--raw", "-o", "json"])?;
        let identity = self.dir.join("controller.kubeconfig");
        write_secret(&identity, &with_token(&own, token.trim())?)?;
        let log = self.dir.join("controller.log");
        let log = File::create(&log).map_err(|e| at(&log, &e))?;
        let controller = Command::new(program("kubeblame")?)
            .arg("--kubeconfig")
            .arg(&identity)
            .args(["--watch-namespaces", NAMESPACE])
            .args(["--health-bind-address", "127.0.0.1:0", "--metrics-bind-address", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // A Ctrl-C is for the demo, which ends it.
            .process_group(0)
            .spawn()
            .map_err(|error| Error::new(format!("could not start the controller: {error}")))?;
        change_visit(|visit| visit.controller = Some(controller));
        Ok(())
    }
}

fn change_visit(change: impl FnOnce(&mut Visit)) {
    if let Some(Guest::Visit(visit)) = &mut *GUEST.lock().unwrap_or_else(PoisonError::into_inner) {
        change(visit);
    }
}

impl Visit {
    /// Takes away what the demo brought; what it cannot take it names.
    pub(super) fn end(mut self) {
        progress("taking everything away again");
        if let Some(controller) = &mut self.controller {
            _ = controller.kill();
            _ = controller.wait();
        }
        let namespace = self.brought_namespace.then_some(&["namespace", NAMESPACE][..]);
        let api = self.brought_api.then_some(&["-f", "rbac.yaml", "-f", "crd.yaml"][..]);
        for thing in [namespace, api].into_iter().flatten() {
            let mut kubectl = Command::new("kubectl");
            kubectl.env("KUBECONFIG", &self.kubeconfig).current_dir(&self.dir);
            kubectl.args(["delete", "--ignore-not-found"]).args(thing);
            if let Err(error) = answer(&mut kubectl) {
                progress(&error.to_string());
            }
        }
        _ = std::fs::remove_dir_all(&self.dir);
    }

    /// Lets it all stay; returns the line that ends it.
    pub(super) fn keep(self) -> String {
        let process = self.controller.as_ref().map_or(0, Child::id);
        let dir = self.dir.display();
        let api = if self.brought_api {
            format!(" && kubectl delete -f {dir}/rbac.yaml -f {dir}/crd.yaml")
        } else {
            String::new()
        };
        format!("kill {process}; kubectl delete namespace {NAMESPACE}{api}; rm -r {dir}")
    }
}

fn which_kubectl() -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join("kubectl"))
        .find(|file| file.is_file())
        .ok_or_else(|| Error::new("there is no kubectl on the PATH, which --context needs"))
}

fn parsed(kubeconfig: &str) -> Result<Value, Error> {
    serde_json::from_str(kubeconfig)
        .map_err(|error| Error::new(format!("kubectl's kubeconfig is not JSON: {error}")))
}

/// The same kubeconfig, with the demo's namespace as the default one.
fn in_namespace(kubeconfig: &str) -> Result<String, Error> {
    let mut value = parsed(kubeconfig)?;
    value["contexts"][0]["context"]["namespace"] = NAMESPACE.into();
    Ok(value.to_string())
}

/// A kubeconfig of the same cluster with a token, and nobody's credentials.
fn with_token(kubeconfig: &str, token: &str) -> Result<String, Error> {
    let value = parsed(kubeconfig)?;
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": value["clusters"],
        "users": [{"name": "kubeblame", "user": {"token": token}}],
        "contexts": [{"name": "kubeblame", "context": {
            "cluster": value["clusters"][0]["name"], "user": "kubeblame"}}],
        "current-context": "kubeblame",
    });
    Ok(config.to_string())
}

fn write_secret(path: &Path, text: &str) -> Result<(), Error> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| at(path, &e))
}
