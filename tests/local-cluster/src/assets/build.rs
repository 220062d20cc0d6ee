//! Building missing programs with `go build` into the user's cache directory.
//!
//! Each module folder has a directory named by the hash of all its files and the
//! build flags. A program is built under another name and then renamed, so what
//! has its final name is whole, and a build that was interrupted goes on where
//! it stopped. A file lock lets one process build while others wait.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{Module, Tool};
use crate::error::tell;
use crate::{Error, files};

/// The Go sources, carried in the binary: it works wherever it is moved.
/// A module's files are part of its key, so an edit builds anew.
const SOURCES: &[(Module, &str, &str)] = &[
    (Module::ControlPlane, "go.mod", include_str!("../../go/control-plane/go.mod")),
    (Module::ControlPlane, "go.sum", include_str!("../../go/control-plane/go.sum")),
    (Module::Node, "go.mod", include_str!("../../go/node/go.mod")),
    (Module::Node, "go.sum", include_str!("../../go/node/go.sum")),
    (Module::Helm, "go.mod", include_str!("../../go/helm/go.mod")),
    (Module::Helm, "go.sum", include_str!("../../go/helm/go.sum")),
    (Module::Own, "go.mod", include_str!("../../go/own/go.mod")),
    (Module::Own, "go.sum", include_str!("../../go/own/go.sum")),
    (Module::Own, "certify/main.go", include_str!("../../go/own/certify/main.go")),
    (Module::Own, "guardian/crew.go", include_str!("../../go/own/guardian/crew.go")),
    (Module::Own, "guardian/inner.go", include_str!("../../go/own/guardian/inner.go")),
    (Module::Own, "guardian/main.go", include_str!("../../go/own/guardian/main.go")),
    (Module::Own, "guardian/outer.go", include_str!("../../go/own/guardian/outer.go")),
    (Module::Own, "guardian/ports.go", include_str!("../../go/own/guardian/ports.go")),
    (Module::Own, "guardian/space.go", include_str!("../../go/own/guardian/space.go")),
    (Module::Own, "guardian/registry.go", include_str!("../../go/own/guardian/registry.go")),
    (Module::Own, "guardian/sys_linux.go", include_str!("../../go/own/guardian/sys_linux.go")),
    (Module::Own, "guardian/sys_other.go", include_str!("../../go/own/guardian/sys_other.go")),
    (Module::Own, "guardian/sys_unix.go", include_str!("../../go/own/guardian/sys_unix.go")),
    (Module::Own, "runc-no-seccomp/main.go", include_str!("../../go/own/runc-no-seccomp/main.go")),
    (Module::Own, "workload/main.go", include_str!("../../go/own/workload/main.go")),
    (Module::Own, "workload/serve.go", include_str!("../../go/own/workload/serve.go")),
    (Module::Own, "workload/steps.go", include_str!("../../go/own/workload/steps.go")),
];

/// Without the stamp the servers call themselves v0.0.0-master, and clients adapt to that.
const VERSION: &str = "v1.36.3";

/// Worth a warning about the time: the rest is built in a minute or two.
const SLOWEST: &str = "kube-apiserver";

/// Builds the tools that are not in the cache, and adds every tool's path.
pub(super) fn build(
    tools: &[&'static Tool],
    paths: &mut BTreeMap<&'static str, PathBuf>,
) -> Result<(), Error> {
    if tools.is_empty() {
        return Ok(());
    }
    let cache = cache_directory()?;
    let mut missing = Vec::new();
    for &tool in tools {
        let path = cache.join(key(tool.module)).join(tool.name);
        if !path.is_file() {
            missing.push((tool, path.clone()));
        }
        paths.insert(tool.name, path);
    }
    if missing.is_empty() {
        return Ok(());
    }
    require("go", "it builds the cluster's programs; without it set KUBEBLAME_ASSETS to them")?;
    let _lock = lock(&cache)?;
    // Another process may have built them while this one waited for the lock.
    missing.retain(|(_, path)| !path.is_file());
    if missing.iter().any(|(tool, _)| tool.name == SLOWEST) {
        tell(&format!(
            "local-cluster: building {} programs from Go modules; this takes 5 to 10 minutes, once ({})",
            missing.len(),
            cache.display()
        ));
    }
    for (done, (tool, path)) in missing.iter().enumerate() {
        let begin = Instant::now();
        go_build(&cache, tool, path)?;
        tell(&format!(
            "local-cluster: built {:<24} {:>4} s  ({} of {})",
            tool.name,
            begin.elapsed().as_secs(),
            done + 1,
            missing.len()
        ));
    }
    Ok(())
}

fn go_build(cache: &Path, tool: &Tool, path: &Path) -> Result<(), Error> {
    if tool.cgo {
        require("gcc", "runc is partly C; without it only the modes kwok and control-plane work")?;
    }
    let source = cache.join(key(tool.module)).join("source");
    for (module, name, text) in SOURCES {
        let file = source.join(name);
        if *module == tool.module && fs::read_to_string(&file).ok().as_deref() != Some(*text) {
            files::write(&file, text)?;
        }
    }
    let partial = path.with_extension("partial");
    let output = Command::new("go")
        .args(["build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-tags", tool.tags])
        .arg("-ldflags")
        .arg(link_flags())
        .arg("-o")
        .arg(&partial)
        .arg(tool.package)
        .current_dir(&source)
        .env("CGO_ENABLED", if tool.cgo { "1" } else { "0" })
        .env_remove("GOFLAGS")
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::of("could not run go", error))?;
    if !output.status.success() {
        let log = cache.join(format!("{}.log", tool.name));
        files::write(&log, &output.stderr)?;
        return Err(Error::new(format!("building {} failed", tool.name)).with_log(&log));
    }
    fs::rename(&partial, path)
        .map_err(|error| Error::of(format!("could not finish {}", path.display()), error))
}

fn link_flags() -> String {
    let stamp = "k8s.io/component-base/version";
    format!(
        "-s -w -X {stamp}.gitVersion={VERSION} -X {stamp}.gitMajor=1 -X {stamp}.gitMinor=36 \
         -X {stamp}.gitTreeState=clean -X {stamp}.gitCommit=modules \
         -X {stamp}.buildDate=1970-01-01T00:00:00Z"
    )
}

/// The directory name for a module's programs: what it is, and a hash of all that shapes it.
fn key(module: Module) -> String {
    let mut hash = Sha256::new();
    for (of, name, text) in SOURCES.iter().filter(|source| source.0 == module) {
        hash.update(format!("{of:?}\0{name}\0{text}\0"));
    }
    hash.update(link_flags());
    let mut key = match module {
        Module::ControlPlane => "control-plane-",
        Module::Node => "node-",
        Module::Own => "own-",
        Module::Helm => "helm-",
    }
    .to_owned();
    for byte in &hash.finalize()[..6] {
        _ = write!(key, "{byte:02x}");
    }
    key
}

fn cache_directory() -> Result<PathBuf, Error> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
        .ok_or_else(|| Error::new("neither XDG_CACHE_HOME nor HOME says where to keep programs"))?;
    Ok(base.join("kubeblame").join("local-cluster"))
}

fn lock(cache: &Path) -> Result<File, Error> {
    let path = cache.join("build.lock");
    let failed = |error| Error::of(format!("could not lock {}", path.display()), error);
    fs::create_dir_all(cache).map_err(failed)?;
    let file = File::create(&path).map_err(failed)?;
    if file.try_lock().is_err() {
        tell("local-cluster: waiting for another process that builds the programs");
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

fn require(program: &str, why: &str) -> Result<(), Error> {
    let found = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if found {
        return Ok(());
    }
    Err(Error::new(format!("{program} is missing: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_go_source_is_carried() -> std::io::Result<()> {
        let go = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
        let mut found = 0;
        let mut open = vec![go];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path)?;
                assert!(
                    SOURCES.iter().any(|source| source.2 == text),
                    "{path:?} is not in SOURCES"
                );
                found += 1;
            }
        }
        assert_eq!(found, SOURCES.len());
        Ok(())
    }

    #[test]
    fn each_module_has_a_key_of_its_own() {
        assert_eq!(key(Module::Own), key(Module::Own));
        assert_ne!(key(Module::Own)[4..], key(Module::Node)[5..]);
    }
}
