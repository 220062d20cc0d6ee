//! Nothing of a cluster stays behind, whoever is killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use local_cluster::{Cluster, Error, Options, TestCluster, poll};

use crate::{becomes, pod};

/// The guardian needs well under a second; the machine may be busy.
const CLEAN: Duration = Duration::from_mins(1);

#[test]
fn a_killed_harness_leaves_nothing_behind() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_killed_harness_leaves_nothing_behind")? {
        return Ok(());
    }
    let (mut harness, dir) = harness("full")?;
    let attached = Cluster::attach(&dir)?;
    attached.apply(&pod("left", "localhost/workload:v1", &["sleep", "--ignore-term"]))?;
    becomes(&attached, "left", ".status.phase", "Running")?;
    assert!(!traces(&dir).is_empty(), "the search for traces finds nothing in a living cluster");

    harness.kill().and_then(|()| harness.wait()).map_err(failed)?;
    poll("the end of every trace", CLEAN, || traces(&dir).is_empty().then_some(()))
        .map_err(|error| Error::new(format!("{error}: {:?}", traces(&dir))))
}

#[test]
fn what_a_killed_guardian_leaves_is_swept_at_the_next_start() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("what_a_killed_guardian_leaves_is_swept_at_the_next_start")? {
        return Ok(());
    }
    let (mut harness, dir) = harness("control-plane")?;
    let inner = format!("-inner\0{}\0", dir.display());
    let guardian = processes()
        .into_iter()
        .find(|process| command_line(process).contains(&inner))
        .and_then(|inner| parent(&inner))
        .ok_or_else(|| Error::new("no guardian found"))?;
    Command::new("sh").args(["-c", &format!("kill -9 {guardian}")]).status().map_err(failed)?;
    // No process survives even then; only the directory needs another's care.
    poll("the end of the processes", CLEAN, || {
        traces(&dir).iter().all(|trace| *trace == dir.display().to_string()).then_some(())
    })?;
    harness.kill().and_then(|()| harness.wait()).map_err(failed)?;
    drop(Cluster::start(&Options::control_plane())?);
    assert_eq!(traces(&dir), Vec::<String>::new());
    Ok(())
}

/// Another process that has started a cluster, and the cluster's directory.
fn harness(mode: &str) -> Result<(Child, PathBuf), Error> {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_local-cluster"))
        .args(["up", "--mode", mode])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    if let Some(stdout) = harness.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
    }
    let kubeconfig = line.trim().strip_prefix("export KUBECONFIG=").map(PathBuf::from);
    match kubeconfig.as_deref().and_then(Path::parent) {
        Some(dir) => Ok((harness, dir.to_owned())),
        None => Err(Error::new(format!("local-cluster up printed {line:?}"))),
    }
}

/// Processes, mounts, the bridge, cgroups and the directory of a cluster.
fn traces(dir: &Path) -> Vec<String> {
    let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut traces = Vec::new();
    for process in processes() {
        let cgroup = fs::read_to_string(process.join("cgroup")).unwrap_or_default();
        let line = command_line(&process);
        // The test that looks has the name nowhere in its own command line.
        if line.contains(&name) || cgroup.contains(&name) {
            traces.push(format!("process {line}"));
        }
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    traces.extend(mounts.lines().filter(|line| line.contains(&name)).map(str::to_owned));
    let hierarchies = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> =
        hierarchies.map(|hierarchy| hierarchy.path().join(&name)).collect();
    places.push(PathBuf::from("/sys/fs/cgroup").join(&name));
    places.push(PathBuf::from("/sys/class/net").join(&name));
    places.push(dir.to_owned());
    traces.extend(places.iter().filter(|place| place.exists()).map(|it| it.display().to_string()));
    traces
}

/// The directories of `/proc` that stand for processes.
fn processes() -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.join("cmdline").exists()).collect()
}

fn command_line(process: &Path) -> String {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

fn parent(process: &Path) -> Option<u32> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands over a value")]
fn failed(error: std::io::Error) -> Error {
    Error::new(error.to_string())
}
