//! Certificates and kubeconfigs, made by `go/own/certify`: Go's standard library
//! puts a user into any number of groups, and a kubeconfig is a few lines there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

/// The cluster's certificate authority.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    certify: PathBuf,
    directory: PathBuf,
    server: String,
}

impl Authority {
    /// An authority in a directory where `create` was or will be called.
    /// `server` is the API server's URL, for kubeconfigs.
    pub(crate) fn new(certify: &Path, directory: PathBuf, server: String) -> Self {
        Self { certify: certify.to_owned(), directory, server }
    }

    /// Makes `ca`, `tokens` and `server`, the last for servers that answer under these names.
    pub(crate) fn create(&self, answers_as: &[&str]) -> Result<(), Error> {
        self.run(&["init"], answers_as)
    }

    /// Makes `FILE.crt` and `FILE.key` for a client.
    pub(crate) fn client(&self, file: &str, user: &str, groups: &[&str]) -> Result<(), Error> {
        self.run(&["client", file, user], groups)
    }

    /// Writes a kubeconfig for any user in any groups.
    pub(crate) fn kubeconfig(&self, path: &Path, user: &str, groups: &[&str]) -> Result<(), Error> {
        self.run(&["kubeconfig", &path.to_string_lossy(), user], groups)
    }

    /// The path of one of the authority's files.
    pub(crate) fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    fn run(&self, command: &[&str], more: &[&str]) -> Result<(), Error> {
        let output = Command::new(&self.certify)
            .arg("-dir")
            .arg(&self.directory)
            .args(["-server", &self.server])
            .args(command)
            .args(more)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Error::of("could not run certify", error))?;
        if output.status.success() {
            return Ok(());
        }
        let reason = String::from_utf8_lossy(&output.stderr);
        Err(Error::of("could not make a certificate", reason.trim()))
    }
}
