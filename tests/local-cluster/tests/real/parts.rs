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
        poll("the program's word in its log", PATIENCE, || {
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
fn a_start_that_fails_tells_of_another_part_that_ended() -> Result<(), Error> {
    if !TestCluster::Kwok.allows("a_start_that_fails_tells_of_another_part_that_ended")? {
        return Ok(());
    }
    let cluster = Cluster::start(&Options::control_plane())?;
    let sleeps = ["/bin/sh", "-c", "echo $$; exec sleep 1000"];
    cluster.start_program("asked", &sleeps, &[], "")?;
    cluster.kill("asked")?;
    cluster.start_program("first", &sleeps, &[], "")?;
    let id = poll("the first's word", PATIENCE, || {
        std::fs::read_to_string(cluster.log("first")).ok().filter(|word| word.ends_with('\n'))
    })?;
    let kill = |signal: &str| {
        let done = std::process::Command::new("kill").args([signal, id.trim()]).output();
        done.is_ok_and(|done| done.status.success())
    };
    assert!(kill("-9"), "the first was not killed");
    poll("the end of the first", PATIENCE, || (!kill("-0")).then_some(()))?;
    let exits = ["/bin/sh", "-c", "exit 4"];
    let second = cluster.start_program("second", &exits, &[], "http://127.0.0.1:1/");
    let sentence = second.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(
        sentence
            .starts_with("first was ended by signal 9, and second exited with code 4 before it"),
        "{sentence}"
    );
    assert!(sentence.ends_with(&format!("the end of first.log:\n{}", id.trim())), "{sentence}");
    Ok(())
}

#[test]
fn a_full_disk_is_told_before_anything_starts() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_full_disk_is_told_before_anything_starts")? {
        return Ok(());
    }
    let dir = std::env::temp_dir().join(format!("kubeblame-full-disk-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| Error::new(error.to_string()))?;
    // The small disk is there for this command only: its mount namespace goes with it.
    let up = std::process::Command::new("unshare")
        .args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=64m tmpfs $TMPDIR && exec \"$@\"",
            "sh",
        ])
        .args([env!("CARGO_BIN_EXE_local-cluster"), "up", "--mode", "control-plane"])
        .env("TMPDIR", &dir)
        .output();
    _ = std::fs::remove_dir(&dir);
    let up = up.map_err(|error| Error::new(error.to_string()))?;
    let said = String::from_utf8_lossy(&up.stderr);
    assert!(!up.status.success(), "it started on a full disk");
    let expected = format!("only 64 MiB are free in {}, and a cluster needs 1024", dir.display());
    assert!(said.contains(&expected), "{said}");
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
