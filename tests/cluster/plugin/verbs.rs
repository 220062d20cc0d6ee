//! Every command of the plugin on one rollout that fails.

use super::{ensure, kubectl};
use crate::Outcome;
use crate::manifest::deployment;
use crate::stage::{Blame, Stage};
use serde_json::Value;

pub(super) fn run() -> Outcome {
    let stage = Stage::new("test-plugin-verbs")?;
    let web = deployment("web", &["serve"]).at_once();
    stage.begin_well(&[("web", &web)])?;
    stage.apply(&web.tag("v2").words(&["log", "no database", "--", "exit", "3"]))?;
    let crash = Blame::revision("CrashLoopBackOff", 2)
        .container("main")
        .exit_code(3)
        .pods(2)
        .object("Deployment", "web")
        .by("kubectl-client-side-apply");
    stage.blamed("web", &crash)?;
    for (arguments, says) in EXPECTED {
        let mut words = vec!["blame"];
        words.extend(*arguments);
        let said = stage.user(&words)?;
        for says in *says {
            ensure(said.contains(says), || format!("{words:?} does not say {says:?}:\n{said}"))?;
        }
    }
    json(&stage)?;
    refusals(&stage)?;
    stage.finish()
}

/// What is typed, and what has to be in the answer.
const EXPECTED: &[(&[&str], &[&str])] = &[
    (&[], &["deployment/web", "Failing"]),
    (&["deploy/web"], &["edited", "image localhost/busybox:v1 -> localhost/busybox:v2"]),
    (&["deployments.apps", "web", "--local"], &["exited with code 3"]),
    (&["deploy/web", "-o", "name"], &["blamereport.kubeblame.dev/web"]),
    (&["deploy/web", "-o", "jsonpath={.status.verdict}/{.spec.root.name}"], &["Failing/web"]),
    (&["-l", "app=web", "deploy"], &[]),
    (&["tree", "deploy/web"], &["Deployment web", "ReplicaSet web-", "Pod web-", "scaled down"]),
    (&["tree", "deploy/web", "--any-kind", "-o", "name"], &["replicaset/web-", "pod/web-"]),
    (&["history", "deploy/web"], &["2*", "is failing", "image localhost/busybox:v1"]),
    (&["history", "deploy/web", "-o", "wide"], &["CHANGE-CAUSE"]),
    (
        &["diff", "deploy/web"],
        &[
            "revision 1 -> 2",
            "containers[main].image: localhost/busybox:v1 -> localhost/busybox:v2",
        ],
    ),
    (&["diff", "deploy", "web", "2", "1"], &["localhost/busybox:v2 -> localhost/busybox:v1"]),
    (&["logs", "deploy/web"], &["container [main]", "no database"]),
    (&["logs", "deploy/web", "--local", "-o", "json"], &["no database"]),
    (
        &["fields", "deploy/web", "--path", "spec.template.spec.containers[main]"],
        &["kubectl-client-side-apply", "localhost/busybox:v2"],
    ),
    (&["completion", "bash"], &["kubectl-blame"]),
];

/// What programs read is what people see.
fn json(stage: &Stage) -> Outcome {
    let report: Value =
        serde_json::from_str(&stage.user(&["blame", "deploy/web", "-o", "json"])?)?;
    ensure(report["status"]["findings"][0]["cause"]["revision"] == 2, || report.to_string())?;
    let pod = report["status"]["findings"][0]["symptom"]["examples"][0].as_str();
    let pod = format!("pod/{}", pod.ok_or("no pod is named")?);
    let of_pod = stage.user(&["blame", &pod])?;
    ensure(of_pod.contains("container [main] from Deployment web revision 2"), || of_pod.clone())?;
    let fields = stage.user(&["blame", "fields", &pod])?;
    ensure(fields.contains("container [main] from Deployment web"), || fields.clone())?;
    let output = kubectl(stage, &["blame", "wait", "deploy/web", "-o", "json"])?;
    ensure(output.status.code() == Some(2), || format!("{output:?}"))?;
    let lines: Result<Vec<Value>, _> =
        String::from_utf8_lossy(&output.stdout).lines().map(serde_json::from_str).collect();
    let lines = lines?;
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    ensure(events.first() == Some(&"State") && events.last() == Some(&"End"), || {
        format!("{events:?}")
    })?;
    ensure(events.contains(&"Blame") && events.contains(&"Log"), || format!("{events:?}"))
}

/// What cannot be answered is one sentence, and exit 1.
fn refusals(stage: &Stage) -> Outcome {
    for (arguments, says) in [
        (vec!["deploy/wbe"], "did you mean web?"),
        (vec!["nonsense/web"], "no kind \"nonsense\""),
        (vec!["diff", "deploy/web", "9"], "keeps no revision 9; it has 2, 1"),
        (vec!["deploy/web", "--as", "nobody"], "you may not get"),
        (vec!["wait", "deploy/web", "--as", "nobody"], "you may not get"),
        (vec!["tree", "configmap/absent"], "not found"),
    ] {
        let mut words = vec!["blame"];
        words.extend(arguments);
        let output = kubectl(stage, &words)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
        ensure(output.status.code() == Some(1) && output.stdout.is_empty(), || {
            format!("{words:?}: {output:?}")
        })?;
        ensure(matches!(&*lines, [one] if one.contains(says)), || format!("{words:?}: {said}"))?;
    }
    Ok(())
}
