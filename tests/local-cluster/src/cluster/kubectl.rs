//! kubectl and kubeconfigs: the ways into a cluster.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::Cluster;
use crate::{Error, poll};

impl Cluster {
    /// The kubeconfig of the administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.place.dir.join("admin.kubeconfig")
    }

    /// A kubeconfig for any user in any groups, by a client certificate of its own:
    /// `("system:serviceaccount:kubeblame:kubeblame", &["system:serviceaccounts"])`,
    /// or `("viewer", &[])`. Everybody is also in `system:authenticated`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_for(&self, user: &str, groups: &[&str]) -> Result<PathBuf, Error> {
        // Other characters than these might mean something in a path.
        let mut file: String =
            user.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        for group in groups {
            file.push('+');
            file.extend(group.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }));
        }
        let path = self.place.dir.join("users").join(format!("{file}.kubeconfig"));
        crate::files::write(&path, "")?;
        self.authority.kubeconfig(&path, user, groups)?;
        Ok(path)
    }

    /// This cluster's kubectl as the administrator. The user's own kubeconfig and
    /// kubectl cache are not touched.
    #[must_use]
    pub fn kubectl(&self) -> Command {
        // Every mode has a kubectl; an empty name would fail when it is run.
        let path = self.assets.path("kubectl").unwrap_or(std::path::Path::new(""));
        let mut command = Command::new(path);
        command
            .env("KUBECONFIG", self.kubeconfig())
            .env("KUBECACHEDIR", self.place.dir.join("kubectl-cache"))
            .stdin(Stdio::null());
        command
    }

    /// Runs kubectl and returns what it printed.
    ///
    /// # Errors
    /// When it fails: with what it wrote to stderr.
    pub fn kubectl_run(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self
            .kubectl()
            .args(arguments)
            .output()
            .map_err(|error| Error::of("could not run kubectl", error))?;
        answer(arguments, &output)
    }

    /// The same with something to read.
    ///
    /// # Errors
    /// When it fails: with what it wrote to stderr.
    pub fn kubectl_stdin(&self, arguments: &[&str], input: &str) -> Result<String, Error> {
        let failed = |error| Error::of("could not run kubectl", error);
        let mut child = self
            .kubectl()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A failed write means that kubectl has ended, and its words say why.
            _ = stdin.write_all(input.as_bytes());
        }
        answer(arguments, &child.wait_with_output().map_err(failed)?)
    }

    /// Applies YAML or JSON.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub fn apply(&self, manifest: &str) -> Result<String, Error> {
        self.kubectl_stdin(&["apply", "-f", "-"], manifest)
    }

    /// Waits with `kubectl wait`: `("deployment/web", "condition=Available", …)`,
    /// `("pod/a", "jsonpath={.status.phase}=Running", …)` or `("pod/a", "delete", …)`.
    ///
    /// # Errors
    /// When it does not come true in time.
    pub fn wait(&self, object: &str, condition: &str, patience: Duration) -> Result<(), Error> {
        let condition = format!("--for={condition}");
        let timeout = format!("--timeout={}s", patience.as_secs());
        self.kubectl_run(&["wait", object, &condition, &timeout]).map(drop)
    }

    /// Waits until a new kind, called by the plural of its resource, can be listed.
    ///
    /// `kubectl wait --for=condition=Established` is not enough: it ends with an "accessor
    /// error" when it comes before the CRD's first condition (`status.conditions` is null
    /// until then), and an Established kind may not be discovered yet.
    ///
    /// # Errors
    /// When it does not come true in time.
    pub fn wait_served(&self, resource: &str, patience: Duration) -> Result<(), Error> {
        let list = ["get", resource, "--all-namespaces", "--output=name"];
        poll(&format!("the serving of {resource}"), patience, || self.kubectl_run(&list).ok())
            .map(drop)
    }
}

fn answer(arguments: &[&str], output: &Output) -> Result<String, Error> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(Error::of(format!("kubectl {} failed", arguments.join(" ")), reason.trim()))
}
