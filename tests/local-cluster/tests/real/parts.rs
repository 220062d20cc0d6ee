//! Smaller clusters, clusters side by side, and parts that stop and start.

use std::time::Duration;

use local_cluster::{Cluster, Error, Options, TestCluster, poll};

use crate::{PATIENCE, becomes, pod, shared};

#[test]
fn fake_nodes_run_many_pods() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("fake_nodes_run_many_pods")? {
        return Ok(());
    }
    let cluster = Cluster::start(&Options::kwok(10))?;
    cluster.add_kwok_nodes(10)?;
    cluster.kubectl_run(&["create", "deployment", "web", "--image=any", "--replicas=100"])?;
    cluster.wait("deployment/web", "condition=Available", PATIENCE)?;
    let nodes = cluster.kubectl_run(&["get", "nodes", "-o", "name"])?;
    assert_eq!(nodes.lines().count(), 20);
    cluster.kubectl_run(&["create", "job", "once", "--image=any"])?;
    cluster.wait("job/once", "condition=Complete", PATIENCE)?;
    cluster.kubectl_run(&["delete", "deployment", "web", "--cascade=foreground"])?;
    Ok(())
}

#[test]
fn the_api_server_restarts_on_the_same_port() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("the_api_server_restarts_on_the_same_port")? {
        return Ok(());
    }
    let cluster = Cluster::start(&Options::control_plane())?;
    cluster.kubectl_run(&["create", "configmap", "kept"])?;
    cluster.stop_apiserver()?;
    let refused = cluster.kubectl_run(&["get", "configmap", "kept"]);
    assert!(refused.is_err(), "a stopped API server answered");
    cluster.start_apiserver()?;
    cluster.kubectl_run(&["get", "configmap", "kept"])?;
    cluster.restart_apiserver(Duration::ZERO)?;
    cluster.kubectl_run(&["get", "configmap", "kept"])?;
    Ok(())
}

#[test]
fn a_program_of_ones_own_is_a_part_of_the_cluster() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("a_program_of_ones_own_is_a_part_of_the_cluster")? {
        return Ok(());
    }
    let cluster = Cluster::start(&Options::control_plane())?;
    let program = ["/bin/sh", "-c", "echo $WORD; exec sleep 1000"];
    cluster.start_program("mine", &program, &[("WORD", "up")], "")?;
    let says = |wanted: &str| {
        poll("the program's word in its log", Duration::from_secs(10), || {
            (std::fs::read_to_string(cluster.log("mine")).ok()? == wanted).then_some(())
        })
    };
    says("up\n")?;
    assert!(cluster.start_program("mine", &program, &[], "").is_err(), "it was started twice");
    cluster.kill("mine")?;
    cluster.start_again("mine")?;
    says("up\nup\n")
}

#[test]
fn a_start_that_fails_tells_which_part_and_why() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("a_start_that_fails_tells_which_part_and_why")? {
        return Ok(());
    }
    let options =
        Options { api_server_flags: vec!["--no-such-flag".to_owned()], ..Options::control_plane() };
    let sentence = Cluster::start(&options).err().map(|error| error.to_string());
    let sentence = sentence.unwrap_or_default();
    assert!(sentence.starts_with("kube-apiserver exited with code 1"), "{sentence}");
    assert!(sentence.contains("unknown flag: --no-such-flag"), "{sentence}");
    Ok(())
}

#[test]
fn two_full_clusters_run_side_by_side() -> Result<(), Error> {
    if !TestCluster::Full.allows("two_full_clusters_run_side_by_side")? {
        return Ok(());
    }
    let first = shared()?;
    let second = Cluster::start(&Options::full())?;
    assert_ne!(first.url(), second.url());
    assert_ne!(first.pod_gateway(), second.pod_gateway());
    for cluster in [first, &second] {
        cluster.apply(&pod("beside", "localhost/workload:v3", &["sleep"]))?;
    }
    for cluster in [first, &second] {
        becomes(cluster, "beside", ".status.phase", "Running")?;
    }

    second.stop_kubelet()?;
    second.apply(&pod("later", "localhost/workload:v3", &["sleep"]))?;
    second.start_kubelet()?;
    becomes(&second, "later", ".status.phase", "Running")?;
    becomes(&second, "beside", ".status.containerStatuses[0].restartCount", "0")?;
    drop(second);
    becomes(first, "beside", ".status.phase", "Running")
}

#[test]
fn a_kept_cluster_lives_on_until_it_is_put_down() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("a_kept_cluster_lives_on_until_it_is_put_down")? {
        return Ok(());
    }
    let dir = Cluster::start(&Options::control_plane())?.keep()?;
    let cluster = Cluster::attach(&dir)?;
    let answer = cluster.kubectl_run(&["get", "namespace", "default", "-o", "name"]);
    drop(cluster);
    let outcome = Cluster::down(&dir);
    assert_eq!(answer?, "namespace/default\n");
    outcome?;
    poll("the directory's end", PATIENCE, || (!dir.exists()).then_some(()))
}
