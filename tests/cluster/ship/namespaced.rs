//! The chart with Roles in a few namespaces alone. What happens elsewhere is not seen, and
//! what was not granted is not asked for with an error.

use super::ensure;
use super::monitoring;
use super::release::{self, NAMESPACE, Release};
use crate::stage::PATIENCE;
use crate::{Failure, Outcome};
use local_cluster::{Cluster, Options, poll};
use std::time::Duration;

const WATCHED: [&str; 2] = ["shop", "billing"];
const UNWATCHED: &str = "elsewhere";
/// Longer than a report of a rollout takes that is seen.
const A_WHILE: Duration = Duration::from_secs(15);

pub(super) fn run() -> Outcome {
    let image = release::image()?;
    let cluster = Cluster::start(&Options::full())?;
    cluster.import_archive(&image)?;
    let release = Release::new(&cluster)?;
    for namespace in WATCHED.iter().chain([&UNWATCHED]) {
        cluster.kubectl_run(&["create", "namespace", namespace])?;
    }
    // helm waits until both replicas are Ready, that is until they have read what they may.
    release.install_with("watchNamespaces={shop,billing}")?;
    monitoring::dry_run(&release)?;
    may_see_no_more(&cluster)?;

    roll_out_broken(&cluster, UNWATCHED)?;
    for namespace in WATCHED {
        roll_out_broken(&cluster, namespace)?;
        blames(&release, namespace)?;
    }
    std::thread::sleep(A_WHILE);
    let reports = cluster.kubectl_run(&["get", "blame", "-n", UNWATCHED, "-o", "name"])?;
    ensure(reports.trim().is_empty(), || format!("{UNWATCHED} is not watched: {reports}"))?;
    has_no_refusal(&release)?;
    is_led_again(&cluster, &release)?;
    has_no_refusal(&release)
}

fn roll_out_broken(cluster: &Cluster, namespace: &str) -> Outcome {
    let apply = ["apply", "-n", namespace, "-f", "-"];
    let web = |words: &[&str]| crate::manifest::deployment("web", words).to_string();
    cluster.kubectl_stdin(&apply, &web(&["sleep"]))?;
    let timeout = format!("--timeout={}s", PATIENCE.as_secs());
    let done = ["rollout", "status", "deploy/web", "-n", namespace, &timeout];
    cluster.kubectl_run(&done)?;
    cluster.kubectl_stdin(&apply, &web(&["exit", "3"]))?;
    Ok(())
}

/// Waits until the rollout of a namespace is blamed.
fn blames(release: &Release<'_>, namespace: &str) -> Outcome {
    let path = "jsonpath={.status.verdict} {.status.findings[0].cause.class} {.status.findings[0].cause.revision}";
    let get = ["get", "blame", "web", "-n", namespace, "-o", path];
    let says = || release.cluster.kubectl_run(&get).unwrap_or_default();
    poll("a report of a watched namespace", PATIENCE, || {
        (says() == "Failing Revision 2").then_some(())
    })
    .map_err(|error| format!("{error}; it says {:?}\n{}", says(), release.logs()).into())
}

fn may_see_no_more(cluster: &Cluster) -> Outcome {
    let account = format!("--as=system:serviceaccount:{NAMESPACE}:kubeblame");
    for (resource, namespace, expected) in
        [("pods", "shop", "yes"), ("pods", UNWATCHED, "no"), ("pods", NAMESPACE, "no")]
    {
        let ask = ["auth", "can-i", "list", resource, "-n", namespace, &account];
        let output = cluster.kubectl().args(ask).output()?;
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure(answer.starts_with(expected), || {
            format!("list {resource} in {namespace}: {answer}")
        })?;
    }
    Ok(())
}

/// Neither replica complains of a right, and both are Ready.
fn has_no_refusal(release: &Release<'_>) -> Outcome {
    let of_ours = "app.kubernetes.io/name=kubeblame";
    let all = ["logs", "-n", NAMESPACE, "-l", of_ours, "--tail=-1"];
    let log = release.cluster.kubectl_run(&all)?;
    ensure(log.contains("kubeblame starts"), || format!("the log is not whole:\n{log}"))?;
    let refused: Vec<&str> = log
        .lines()
        .filter(|line| ["not allowed", "orbidden"].iter().any(|word| line.contains(word)))
        .collect();
    ensure(refused.is_empty(), || format!("refusals in the log: {refused:#?}"))?;
    // A probe may come late on a machine that is busy; what counts is that both are ready.
    let ready = "--for=jsonpath={.status.readyReplicas}=2";
    let timeout = format!("--timeout={}s", PATIENCE.as_secs());
    let wait = ["wait", "deploy/kubeblame", "-n", NAMESPACE, ready, &timeout];
    Ok(release.cluster.kubectl_run(&wait).map(drop)?)
}

/// The Lease is deleted by hand: it is made anew, and what happens then is told.
fn is_led_again(cluster: &Cluster, release: &Release<'_>) -> Outcome {
    cluster.kubectl_run(&["delete", "lease", "kubeblame", "-n", NAMESPACE])?;
    poll("somebody who leads", PATIENCE, || {
        release.holder().ok().filter(|holder| !holder.is_empty())
    })
    .map_err(|error| -> Failure { format!("{error}\n{}", release.logs()).into() })?;
    let web = crate::manifest::deployment("web", &["sleep"]).to_string();
    cluster.kubectl_stdin(&["apply", "-n", "shop", "-f", "-"], &web)?;
    let get = ["get", "blame", "web", "-n", "shop", "-o", "jsonpath={.status.verdict}"];
    poll("a report by the new leader", PATIENCE, || {
        (cluster.kubectl_run(&get).ok()? == "Healthy").then_some(())
    })
    .map_err(|error| format!("{error}\n{}", release.logs()).into())
}
