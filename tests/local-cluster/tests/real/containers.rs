//! What containers do: crash, run out of memory, fail to be pulled, be probed.

use local_cluster::{Cluster, Error, Options, TestCluster, poll};

use crate::{PATIENCE, becomes, field_of, pod, shared};

const LAST: &str = ".status.containerStatuses[0].lastState.terminated";

#[test]
fn a_deployment_crash_loops_with_its_exit_code() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_deployment_crash_loops_with_its_exit_code")? {
        return Ok(());
    }
    let cluster = shared()?;
    cluster.apply(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: crash}, spec: {
            selector: {matchLabels: {app: crash}},
            template: {metadata: {labels: {app: crash}}, spec: {containers: [{
              name: c, image: 'localhost/busybox:v1', args: [log, going down, --, exit, '3']}]}}}}",
    )?;
    let name = poll("the making of the pod", PATIENCE, || {
        let name = "jsonpath={.items[0].metadata.name}";
        cluster.kubectl_run(&["get", "pods", "-l", "app=crash", "-o", name]).ok()
    })?;
    becomes(cluster, &name, &format!("{LAST}.exitCode"), "3")?;
    becomes(
        cluster,
        &name,
        ".status.containerStatuses[0].state.waiting.reason",
        "CrashLoopBackOff",
    )?;
    let logs = cluster.kubectl_run(&["logs", "--previous", &name])?;
    assert_eq!(logs, "going down\n");
    Ok(())
}

#[test]
fn too_much_memory_ends_in_oom_killed() -> Result<(), Error> {
    if !TestCluster::Full.allows("too_much_memory_ends_in_oom_killed")? {
        return Ok(());
    }
    let cluster = shared()?;
    cluster.apply(&pod("oom", "localhost/workload:v1", &["alloc", "100"]))?;
    becomes(cluster, "oom", &format!("{LAST}.reason"), "OOMKilled")?;
    assert_eq!(field_of(cluster, "oom", &format!("{LAST}.exitCode"))?, "137");
    Ok(())
}

#[test]
fn a_killed_child_leaves_its_container_running() -> Result<(), Error> {
    // With cgroup v2 the kubelet has the kernel kill the whole container instead.
    let unified = std::path::Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
    if unified || !TestCluster::Full.allows("a_killed_child_leaves_its_container_running")? {
        return Ok(());
    }
    let cluster = shared()?;
    cluster.apply(&pod("child", "localhost/workload:v1", &["fork-alloc", "100", "--", "sleep"]))?;
    poll("the child's end", PATIENCE, || {
        cluster.kubectl_run(&["logs", "child"]).ok().filter(|logs| logs.contains("signal: killed"))
    })?;
    assert_eq!(field_of(cluster, "child", ".status.containerStatuses[0].restartCount")?, "0");
    Ok(())
}

#[test]
fn an_exec_probe_and_exec_work() -> Result<(), Error> {
    if !TestCluster::Full.allows("an_exec_probe_and_exec_work")? {
        return Ok(());
    }
    let cluster = shared()?;
    cluster.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: probed}, spec: {containers: [{
            name: c, image: 'localhost/busybox:v2', args: [serve],
            startupProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1},
            readinessProbe: {exec: {command: [workload, check-file, /tmp/ready]}, periodSeconds: 1}}]}}",
    )?;
    becomes(cluster, "probed", ".status.containerStatuses[0].started", "true")?;
    assert_eq!(field_of(cluster, "probed", ".status.containerStatuses[0].ready")?, "false");
    cluster.kubectl_run(&["exec", "probed", "--", "workload", "write-file", "/tmp/ready"])?;
    becomes(cluster, "probed", ".status.containerStatuses[0].ready", "true")?;
    Ok(())
}

#[test]
fn missing_and_private_images_fail_in_a_registrys_words() -> Result<(), Error> {
    if !TestCluster::Full.allows("missing_and_private_images_fail_in_a_registrys_words")? {
        return Ok(());
    }
    let cluster = shared()?;
    for (name, image, words) in [
        ("missing", "localhost/busybox:v99", "localhost/busybox:v99: not found"),
        ("private", "registry.example/private/app:v1", "pull access denied"),
    ] {
        cluster.apply(&pod(name, image, &[]))?;
        poll(&format!("the failing pull of {image}"), PATIENCE, || {
            let selector = format!("involvedObject.name={name},reason=Failed");
            let messages = "jsonpath={.items[*].message}";
            let events = ["get", "events", "--field-selector", &selector, "-o", messages];
            cluster.kubectl_run(&events).ok().filter(|events| events.contains(words))
        })?;
    }
    Ok(())
}

#[test]
fn a_tag_can_be_moved() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_tag_can_be_moved")? {
        return Ok(());
    }
    let cluster = shared()?;
    let mut digests = Vec::new();
    for content in ["first", "second"] {
        cluster.import_image("localhost/busybox:moving", content)?;
        let name = format!("moved-{content}");
        cluster.apply(&pod(&name, "localhost/busybox:moving", &["serve"]))?;
        becomes(cluster, &name, ".status.phase", "Running")?;
        digests.push(field_of(cluster, &name, ".status.containerStatuses[0].imageID")?);
    }
    assert_ne!(digests[0], digests[1]);
    Ok(())
}

#[test]
fn a_pod_reaches_the_api_server() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_pod_reaches_the_api_server")? {
        return Ok(());
    }
    let cluster = shared()?;
    let (host, port) = cluster.pod_api_endpoint().ok_or_else(|| Error::new("no endpoint"))?;
    let explicit = format!("{host}:{port}");
    let by_itself = "$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)";
    let words = ["need-tcp", &explicit, "--", "need-tcp", by_itself];
    let manifest = pod("api", "localhost/workload:v2", &words)
        .replace("spec: {", "spec: {restartPolicy: Never, ");
    cluster.apply(&manifest)?;
    becomes(cluster, "api", ".status.phase", "Succeeded")
}

#[test]
fn the_gateway_keeps_its_address_while_pods_come() -> Result<(), Error> {
    if !TestCluster::Full.allows("the_gateway_keeps_its_address_while_pods_come")? {
        return Ok(());
    }
    // Its own: the first pod of a cluster is the one that would surely change it.
    let cluster = Cluster::start(&Options::full())?;
    let bridge = cluster.dir().file_name().map(std::path::PathBuf::from).unwrap_or_default();
    let of_bridge = |what: &str| {
        let file = std::path::Path::new("/sys/class/net").join(&bridge).join(what);
        std::fs::read_to_string(&file)
            .map_err(|error| Error::new(format!("{}: {error}", file.display())))
    };
    let before = of_bridge("address")?;
    cluster.apply(&pod("first", "localhost/workload:v1", &["sleep"]))?;
    becomes(&cluster, "first", ".status.phase", "Running")?;
    assert_eq!(of_bridge("address")?, before);
    Ok(())
}
