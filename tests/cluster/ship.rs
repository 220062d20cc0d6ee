//! The chart as it is installed: real helm, the real image, real pods under restricted
//! Pod Security with only the chart's rights, a real Prometheus. It has a cluster of its own.

mod monitoring;
mod namespaced;
mod prometheus;
mod refused;
mod release;

use crate::stage::{PATIENCE, SETTLING};
use crate::{Failure, Need, Outcome};
use libtest_mimic::Trial;
use local_cluster::{Cluster, Options, TestCluster, poll};
use prometheus::Prometheus;
use release::{NAMESPACE, Release, kill, memory, pod_of};
use std::time::{Duration, Instant};

/// How long whoever took over is watched for a write that is not needed.
const AFTERWARDS: Duration = Duration::from_secs(6);
const SHOP: &str = "shop";

pub(crate) fn all() -> Vec<Need> {
    let refused = Trial::test("ship-refused", || refused::run().map_err(Into::into));
    let chart = Trial::test("ship-chart", || run().map_err(Into::into));
    let namespaced = Trial::test("ship-namespaced", || namespaced::run().map_err(Into::into));
    vec![(TestCluster::None, refused), (TestCluster::Full, chart), (TestCluster::Full, namespaced)]
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}

fn run() -> Outcome {
    let image = release::image()?;
    let begun = Instant::now();
    let tell =
        |what: &str| eprintln!("ship-chart: {:>5.1} s {what}", begun.elapsed().as_secs_f32());
    let cluster = Cluster::start(&Options::full())?;
    cluster.import_archive(&image)?;
    let release = Release::new(&cluster)?;
    release.install()?;
    tell("installed, with the values of an older release");
    release.dry_run()?;
    let resident = memory(&release.holder()?)?;
    tell(&format!("the leader holds {resident} MiB"));
    release.has_least_rights()?;
    release.test()?;
    tell("helm test passed");
    let prometheus = Prometheus::start(&release)?;

    healthy_then_broken(&cluster, &release)?;
    tell("a rollout broke, and its report blames it");
    let took = takeover(&cluster, &release)?;
    tell(&format!("the leader was killed, and the other took over after {took:.1} s"));
    if let Some(prometheus) = &prometheus {
        prometheus.scrapes_who_may()?;
        tell("scraped with a right, refused without a token (401) or a right (403)");
        prometheus.alert_says(&[
            "Deployment shop/web is failing: Revision (revision 2)",
            "kubectl blame deployment/web -n shop",
        ])?;
        tell("the alert fires");
    }
    upgrade(&cluster, &release)?;
    tell("upgraded, without a write of the new leader's own");
    release.uninstall()?;
    tell("uninstalled, and nothing is left");
    Ok(())
}

/// The report's verdict and cause, and how often its status was written.
fn says(cluster: &Cluster) -> String {
    let path = "jsonpath={.status.verdict} {.status.findings[0].cause.class} {.status.findings[0].cause.revision}";
    let get = ["get", "blame", "web", "-n", SHOP, "-o", path];
    cluster.kubectl_run(&get).unwrap_or_default().trim().to_owned()
}

fn healthy_then_broken(cluster: &Cluster, release: &Release<'_>) -> Outcome {
    let web = |words: &[&str]| crate::manifest::deployment("web", words).to_string();
    cluster.kubectl_run(&["create", "namespace", SHOP])?;
    let apply = ["apply", "-n", SHOP, "-f", "-"];
    cluster.kubectl_stdin(&apply, &web(&["sleep"]))?;
    let wait = |wanted: &str| {
        poll(wanted, PATIENCE, || says(cluster).starts_with(wanted).then_some(()))
            .map_err(|error| format!("{error}; it says {:?}\n{}", says(cluster), release.logs()))
    };
    wait("Healthy")?;
    cluster.kubectl_stdin(&apply, &web(&["exit", "3"]))?;
    wait("Failing Revision 2")?;
    Ok(())
}

/// Kills the leader as a node that dies would; returns how long nobody led, in seconds.
fn takeover(cluster: &Cluster, release: &Release<'_>) -> Result<f32, Failure> {
    // What settles is written once more; it is to have settled before.
    let settled = release.quiet(SETTLING)?;
    let before = release.holder()?;
    kill(&before)?;
    let killed = Instant::now();
    let after = poll("a takeover", PATIENCE, || {
        // The kubelet starts it again at once, and it might be faster than the other.
        _ = kill(&before);
        release.holder().ok().filter(|holder| !holder.is_empty() && *holder != before)
    })
    .map_err(|error| format!("{error}\n{}", release.logs()))?;
    let took = killed.elapsed().as_secs_f32();
    ensure(pod_of(&before) != pod_of(&after), || format!("{before} → {after}"))?;
    std::thread::sleep(AFTERWARDS);
    let writes = release.status_writes(SHOP, "web")?;
    ensure(writes == settled, || format!("{settled} writes before, {writes} after"))?;
    ensure(says(cluster).starts_with("Failing Revision 2"), || says(cluster))?;
    Ok(took)
}

fn upgrade(cluster: &Cluster, release: &Release<'_>) -> Outcome {
    // An older CRD, as Helm would leave it.
    let columns = "/spec/versions/0/additionalPrinterColumns";
    let patch = format!(r#"[{{"op":"remove","path":"{columns}"}}]"#);
    let crd = "crd/blamereports.kubeblame.dev";
    cluster.kubectl_run(&["patch", crd, "--type=json", "--patch", &patch])?;
    let writes = release.status_writes(SHOP, "web")?;
    release.upgrade()?;
    let path = "jsonpath={.spec.versions[0].additionalPrinterColumns[1].name}";
    let column = cluster.kubectl_run(&["get", crd, "-o", path])?;
    ensure(column == "Verdict", || format!("the CRD was not brought up to date: {column:?}"))?;
    let holder = release.holder()?;
    ensure(release.is_running(&holder)?, || format!("{holder} is no pod of the new ones"))?;
    let again = release.status_writes(SHOP, "web")?;
    // Counts of a failing rollout settle up to 45 s after they last moved: that is one write,
    // whoever leads by then. A new leader's own would be a second.
    ensure(again <= writes + 1, || format!("{writes} writes before the upgrade, {again} after"))?;
    let level = ["get", "deploy", "kubeblame", "-n", NAMESPACE, "-o", "jsonpath={..args}"];
    let arguments = cluster.kubectl_run(&level)?;
    let is_kept = arguments.contains("--writes-per-second=7") && arguments.contains("debug");
    ensure(is_kept, || format!("the older values are lost: {arguments}"))
}
