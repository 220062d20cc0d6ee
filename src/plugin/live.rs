//! The answer from a cluster: the controller's report, or else the same core here.
//!
//! Everything here only reads. A root costs one request when the controller has
//! reported on it, a pod at most four.

pub(super) mod absent;
pub(super) mod cluster;
pub(super) mod compute;
mod discovery;
pub(super) mod feed;
pub(super) mod logs;
pub(super) mod reported;
pub(super) mod resource;
mod select;
mod watch;

pub(super) use watch::AGAIN;

use super::args::{Args, Output};
use super::failure::Failure;
use super::find::{self, Found};
use super::kinds::{self, Target};
use super::output;
use super::render::{self, Look};
use crate::observe::{KINDS, Part};
use crate::report::{BlameReport, GROUP, KIND};
use cluster::Cluster;
use compute::Computer;
use resource::Resource;
use std::io::Write;

/// Answers from a cluster.
pub(super) fn answer(args: &Args, look: &Look, out: &mut impl Write) -> Result<(), Failure> {
    let targets = kinds::targets(&args.resources)?;
    until_interrupted(ask(args, &targets, look, out))
}

/// Runs what talks to a cluster; Ctrl-C ends it at any time.
pub(super) fn until_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    let answered = runtime.block_on(async {
        tokio::select! {
            answered = work => answered,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    // What still runs (a name lookup that hangs) is left behind, not waited for.
    runtime.shutdown_background();
    answered
}

async fn ask(
    args: &Args,
    targets: &[Target],
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let cluster = Cluster::connect(&args.common).await?;
    let namespace = cluster.namespace(&args.common);
    let asker = Asker { cluster: &cluster, args, namespace };
    let by_name = !targets.is_empty() && targets.iter().all(|target| target.name.is_some());
    if args.watch {
        if !by_name {
            return Err(Failure::new(
                "--watch follows what is named: write KIND/NAME, e.g. deploy/web",
            ));
        }
        return watch::follow(&asker, targets, look, out).await;
    }
    if by_name {
        if args.common.all_namespaces {
            return Err(Failure::new(
                "an object is named in one namespace: leave out -A or the name",
            ));
        }
        let (mut found, missing) = asker.named(targets).await?;
        find::narrow(&mut found, args.container.as_deref())?;
        let look = Look { now: cluster.now(), ..look.clone() };
        if !found.is_empty() {
            output::found(out, &found, &args.common.output, &look)?;
        }
        if let ([one], Output::Tree) = (&*found, &args.common.output) {
            let elsewhere =
                (asker.namespace != cluster.default_namespace).then_some(&asker.namespace);
            render::log_of(out, &one.report, elsewhere.map(String::as_str), &look)?;
        }
        return missing.map_or(Ok(()), Err);
    }
    let reports = asker.all(targets).await?;
    if reports.is_empty() && !args.common.all_namespaces {
        absent::namespace_exists(&cluster, &asker.namespace).await?;
    }
    let look = Look { now: cluster.now(), ..look.clone() };
    let nothing = nothing(args, targets);
    output::list(out, &reports, targets.is_empty(), nothing, &args.common.output, &look)
}

/// What is said where no workload is shown: why there may be none, where that is easily mistaken.
fn nothing(args: &Args, targets: &[Target]) -> &'static str {
    let is_pods = |target: &Target| target.kind.built_in().is_some_and(|info| info.kind == "Pod");
    if args.common.selector.is_some() {
        "no workloads found with these labels: their own count, not those of their pods"
    } else if !targets.is_empty() && targets.iter().all(is_pods) {
        "no pods found that stand alone: others belong to workloads; name one with pod/NAME"
    } else {
        output::NOTHING
    }
}

/// What is asked, where.
struct Asker<'a> {
    cluster: &'a Cluster,
    args: &'a Args,
    namespace: String,
}

impl Asker<'_> {
    /// What was asked for by name, and the first that is not there: the others are answered.
    async fn named(&self, targets: &[Target]) -> Result<(Vec<Found>, Option<Failure>), Failure> {
        let (mut found, mut missing) = (Vec::new(), None);
        for target in targets {
            let Some(name) = &target.name else { continue };
            match self.one(target, name).await {
                Ok(one) => found.push(one),
                Err(failure @ Failure::NotFound(_)) => missing = missing.or(Some(failure)),
                Err(failure) => return Err(failure),
            }
        }
        Ok((found, missing))
    }

    async fn one(&self, target: &Target, name: &str) -> Result<Found, Failure> {
        let resource = resource::resolve(self.cluster, &target.kind).await?;
        if (&*resource.group, &*resource.kind) == (GROUP, KIND) {
            return reported::by_name(self.cluster, &self.namespace, name).await;
        }
        if makes_no_pods(&resource) {
            return Err(compute::makes_no_pods(&resource, name));
        }
        let mut why = None;
        if !self.args.local {
            match reported::one(self.cluster, &resource, &self.namespace, name).await? {
                Ok(found) => return Ok(found),
                Err(reason) => why = Some(reason),
            }
        }
        let mut computer = Computer::new(self.cluster, &self.namespace);
        let found = computer.one(&resource, name).await?;
        why.iter().for_each(computed_here);
        computer.forbidden.values().for_each(|why| note(why));
        Ok(found)
    }

    /// Every root, of some kinds or of all.
    async fn all(&self, targets: &[Target]) -> Result<Vec<BlameReport>, Failure> {
        let namespace = (!self.args.common.all_namespaces).then_some(&*self.namespace);
        let mut kinds = Vec::new();
        for target in targets {
            let resource = resource::resolve(self.cluster, &target.kind).await?;
            if makes_no_pods(&resource) {
                return Err(Failure::new(format!(
                    "a {} makes no pods: ask for workloads or a pod",
                    resource.kind
                )));
            }
            kinds.push(resource);
        }
        let labels = self.args.common.selector.as_deref();
        if !self.args.local {
            match reported::all(self.cluster, namespace).await? {
                // Whose controller is gone, or new, has no reports and may have workloads.
                Ok(reports) if reports.is_empty() => {
                    computed_here(&"there are no BlameReports here".to_owned());
                }
                Ok(reports) => {
                    return select::of_kinds(self.cluster, reports, &kinds, namespace, labels)
                        .await;
                }
                Err(why) => computed_here(&why),
            }
        }
        let reports = compute::all(self.cluster, namespace).await?;
        select::of_kinds(self.cluster, reports, &kinds, namespace, labels).await
    }
}

/// Whether objects of a kind are only read by those that make pods.
fn makes_no_pods(resource: &Resource) -> bool {
    let is_input = KINDS.iter().any(|k| k.part == Part::Input && k.kind == resource.kind);
    is_input || !resource.namespaced
}

/// Says that the controller had no part in the answer.
fn computed_here(why: &String) {
    note(&format!("{why}: the answer is computed here"));
}

/// One line that is no answer.
pub(super) fn note(text: &str) {
    // Nobody reads stderr: nothing is lost.
    let _ = writeln!(std::io::stderr(), "{}", crate::observe::clean(text));
}
