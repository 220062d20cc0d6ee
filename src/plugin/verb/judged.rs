//! One root with everything that was read of it, from a cluster or from files.

use crate::graph::Graph;
use crate::observe::Uid;
use crate::plugin::args::Common;
use crate::plugin::failure::Failure;
use crate::plugin::find::{self, Found};
use crate::plugin::kinds::{self, Target};
use crate::plugin::live::cluster::Cluster;
use crate::plugin::live::compute::Computer;
use crate::plugin::live::resource::{self, Resource};
use crate::plugin::live::{reported, until_interrupted};
use crate::plugin::offline;
use crate::replay::Replay;
use crate::report::BlameReport;
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;

/// What is asked about, and where it is read from.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Subject {
    /// What it is about: deploy/web, or deployment web
    #[arg(value_name = "KIND/NAME", required = true)]
    pub(in crate::plugin) resource: Vec<String>,

    #[command(flatten)]
    pub(in crate::plugin) source: Source,
}

/// Where it is read from.
#[derive(Debug, Args)]
pub(in crate::plugin) struct Source {
    /// Read a dump, a recording or a folder of such instead of a cluster; - is stdin
    #[arg(short, long = "filename", value_name = "FILE", conflicts_with = "selector")]
    pub(in crate::plugin) filename: Vec<PathBuf>,

    /// The clock, with -f: by default the newest time in the data
    #[arg(long, value_name = "TIME", requires = "filename")]
    pub(in crate::plugin) now: Option<Timestamp>,
}

/// One root and what was read of it.
pub(in crate::plugin) struct Judged {
    pub(in crate::plugin) graph: Graph,
    pub(in crate::plugin) now: Timestamp,
    /// As computed here.
    pub(in crate::plugin) report: BlameReport,
    /// The controller's, where it has one of this very root.
    pub(in crate::plugin) reported: Option<BlameReport>,
}

impl Judged {
    pub(in crate::plugin) fn root(&self) -> Uid {
        Uid::new(&self.report.spec.root.uid)
    }
}

/// The one object that these words name.
pub(in crate::plugin) fn one(words: &[String]) -> Result<(Target, String), Failure> {
    let targets = kinds::targets(words)?;
    match &*targets {
        [Target { kind, name: Some(name) }] => {
            Ok((Target { kind: kind.clone(), name: Some(name.clone()) }, name.clone()))
        }
        [Target { kind, name: None }, ..] => {
            Err(Failure::new(format!("which {kind}? write KIND/NAME, e.g. {kind}/web")))
        }
        _ => Err(Failure::new("one object at a time: write KIND/NAME, e.g. deploy/web")),
    }
}

/// A cluster, the namespace that is meant, and the kind as the cluster knows it.
pub(in crate::plugin) async fn connect(
    target: &Target,
    common: &Common,
) -> Result<(Cluster, String, Resource), Failure> {
    let cluster = Cluster::connect(common).await?;
    let namespace = cluster.namespace(common);
    let resource = resource::resolve(&cluster, &target.kind).await?;
    Ok((cluster, namespace, resource))
}

/// Reads a root from files where there are any, else from the cluster.
pub(in crate::plugin) fn read(
    target: &Target,
    name: &str,
    source: &Source,
    common: &Common,
) -> Result<Judged, Failure> {
    if source.filename.is_empty() {
        until_interrupted(from_cluster(target, name, common))
    } else {
        from_files(target, name, source, common)
    }
}

/// Reads a root from files.
fn from_files(
    target: &Target,
    name: &str,
    source: &Source,
    common: &Common,
) -> Result<Judged, Failure> {
    replayed(offline::replayed(&source.filename, source.now)?, target, name, common)
}

/// A root of what was replayed.
pub(in crate::plugin) fn replayed(
    replay: Replay,
    target: &Target,
    name: &str,
    common: &Common,
) -> Result<Judged, Failure> {
    let namespace = common.namespace.as_deref();
    let found = find::named(&replay.graph, replay.now, &target.kind, name, namespace)?;
    Ok(Judged { graph: replay.graph, now: replay.now, report: found.report, reported: None })
}

/// Reads a root from the cluster; its report too, which remembers more.
async fn from_cluster(target: &Target, name: &str, common: &Common) -> Result<Judged, Failure> {
    let (cluster, namespace, resource) = connect(target, common).await?;
    let mut computer = Computer::new(&cluster, &namespace);
    let Found { report, .. } = computer.one(&resource, name).await?;
    let reported = reported::one(&cluster, &resource, &namespace, name).await?.ok();
    let reported = reported.map(|found| found.report);
    let reported = reported.filter(|theirs| theirs.spec.root.uid == report.spec.root.uid);
    Ok(Judged { graph: computer.graph, now: cluster.now(), report, reported })
}
