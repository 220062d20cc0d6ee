//! Where the demo happens: a cluster, the controller on it, and how both end.

mod context;
mod local;

use crate::story::Cast;
use context::Visit;
use local_cluster::{Cluster, Error};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// What the controller needs on the cluster.
const CRD: &str = include_str!("../../../../../crds/blamereports.yaml");
const RBAC: &str = include_str!("../../../../../deploy/rbac.yaml");

/// What is to be undone at the end, whoever causes it: this process, or a Ctrl-C.
static GUEST: Mutex<Option<Guest>> = Mutex::new(None);

/// What stands on the machine or in the cluster because of the demo.
#[derive(Debug)]
enum Guest {
    Local(Box<Cluster>),
    Visit(Visit),
}

impl Guest {
    fn end(self) {
        match self {
            Self::Local(cluster) => drop(*cluster),
            Self::Visit(visit) => visit.end(),
        }
    }
}

/// A place where commands are run.
#[derive(Debug)]
pub(crate) struct Home {
    /// The working directory of the commands.
    dir: PathBuf,
    /// Holds kubectl and the plugin.
    bin: PathBuf,
    kubeconfig: PathBuf,
    /// What is rolled out here.
    pub(crate) cast: Cast,
}

/// What is printed when everything stays.
#[derive(Debug)]
pub(crate) struct HowToEnd {
    pub(crate) paste: String,
    pub(crate) end: String,
}

/// From now on a Ctrl-C undoes whatever there is, and then ends this process.
pub(crate) fn end_on_ctrl_c() -> Result<(), Error> {
    ctrlc::set_handler(|| {
        end();
        // As a shell says of what a Ctrl-C ended.
        std::process::exit(130);
    })
    .map_err(|error| Error::new(format!("could not listen for Ctrl-C: {error}")))
}

/// Ends whatever there is.
pub(crate) fn end() {
    if let Some(guest) = take_guest() {
        guest.end();
    }
}

fn take_guest() -> Option<Guest> {
    GUEST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn set_guest(guest: Guest) {
    *GUEST.lock().unwrap_or_else(PoisonError::into_inner) = Some(guest);
}

impl Home {
    /// Puts kubectl and the plugin side by side, so that `kubectl blame` is found.
    fn new(dir: &Path, kubectl: &Path, kubeconfig: PathBuf, cast: Cast) -> Result<Self, Error> {
        let bin = dir.join("bin");
        std::fs::create_dir_all(&bin).map_err(|e| at(&bin, &e))?;
        let plugin = program("kubectl-blame")?;
        for (name, to) in [("kubectl", kubectl), ("kubectl-blame", &plugin)] {
            let link = bin.join(name);
            std::os::unix::fs::symlink(to, &link).map_err(|e| at(&link, &e))?;
        }
        Ok(Self { dir: dir.to_owned(), bin, kubeconfig, cast })
    }

    /// A program as a user would run it here.
    pub(crate) fn command(&self, program: &str) -> Command {
        let own = self.bin.join(program);
        let mut command = if own.exists() { Command::new(own) } else { Command::new(program) };
        command
            .env("PATH", search_path(&self.bin))
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", self.dir.join("kubectl-cache"))
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        command
    }

    /// What kubectl answers.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        answer(self.command("kubectl").args(arguments))
    }

    /// Writes a file where the commands find it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        std::fs::write(&path, text).map_err(|e| at(&path, &e))
    }

    /// Leaves everything as it is.
    pub(crate) fn keep(self) -> Result<HowToEnd, Error> {
        let (kubeconfig, bin) = (self.kubeconfig.display(), self.bin.display());
        let paste = format!("export KUBECONFIG={kubeconfig} PATH={bin}:$PATH");
        let end = match take_guest() {
            Some(Guest::Local(cluster)) => {
                let dir = cluster.keep()?;
                format!("cargo run -q -p local-cluster -- down {}", dir.display())
            }
            Some(Guest::Visit(visit)) => visit.keep(),
            None => return Err(Error::new("it was ended by Ctrl-C")),
        };
        Ok(HowToEnd { paste, end })
    }
}

fn search_path(first: &Path) -> std::ffi::OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).unwrap_or(rest)
}

/// What a command prints, or what it says is wrong.
fn answer(command: &mut Command) -> Result<String, Error> {
    let line = format!("{command:?}");
    let output = command.output().map_err(|error| Error::new(format!("{line}: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(format!("{line}: {}", reason.trim())))
}

fn at(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: {error}", path.display()))
}

/// Builds the controller and the plugin as this program was built.
fn build() -> Result<(), Error> {
    crate::screen::progress("building kubeblame");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "kubeblame", "--bins", "--quiet"]);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::new(format!("the build of kubeblame failed: {status}"))),
        Err(error) => Err(Error::new(format!("could not run cargo: {error}"))),
    }
}

/// A program that was built beside this one.
fn program(name: &str) -> Result<PathBuf, Error> {
    let own = std::env::current_exe()
        .map_err(|error| Error::new(format!("could not find this program's directory: {error}")))?;
    Ok(own.with_file_name(name))
}
