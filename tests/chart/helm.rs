//! What helm makes of the chart.

use crate::{keep, root};
use serde_json::Value;
use std::process::Command;
use std::sync::OnceLock;

const MONITORING: [&str; 4] = [
    "--api-versions",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "--api-versions",
    "monitoring.coreos.com/v1/PrometheusRule",
];

/// Runs helm; returns whether it liked it, and what it said.
pub(crate) fn helm(arguments: &[&str]) -> (bool, String) {
    static HELM: OnceLock<std::path::PathBuf> = OnceLock::new();
    let helm = HELM.get_or_init(|| local_cluster::helm().expect("helm can be built"));
    let output = Command::new(helm).args(arguments).current_dir(root()).output().expect("helm");
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    (output.status.success(), if output.status.success() { said[0].clone() } else { said.concat() })
}

pub(crate) fn render(arguments: &[&str]) -> String {
    let begin = ["template", "kubeblame", "charts/kubeblame", "--namespace", "kubeblame"];
    let (is_good, said) = helm(&[&begin, arguments].concat());
    assert!(is_good, "{arguments:?}: {said}");
    said
}

/// The objects of what helm printed.
pub(crate) fn objects(yaml: &str) -> Vec<Value> {
    let documents = format!("\n{yaml}");
    documents
        .split("\n---")
        .filter(|document| document.lines().any(|l| !l.trim().is_empty() && !l.starts_with('#')))
        .map(|document| serde_saphyr::from_str(document).expect("YAML"))
        .filter(|object: &Value| !object.is_null())
        .collect()
}

fn of_kind<'o>(objects: &'o [Value], kind: &str) -> Vec<&'o Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

#[test]
fn it_lints_and_renders_with_every_switch_both_ways() {
    let (is_good, said) = helm(&["lint", "--strict", "charts/kubeblame"]);
    assert!(is_good, "{said}");
    for switch in [
        "crd.upgrade",
        "serviceAccount.create",
        "rbac.create",
        "rbac.aggregateToView",
        "rbac.aggregateOwners",
        "metrics.secure",
        "metrics.namespaces",
        "metrics.blameInfo",
        "metrics.readerRole",
        "serviceMonitor.enabled",
        "prometheusRule.enabled",
        "dashboard.enabled",
        "networkPolicy.enabled",
        "podDisruptionBudget.enabled",
        "watchSecrets",
    ] {
        let rendered = ["true", "false"].map(|on| {
            let set = format!("{switch}={on}");
            let rendered = render(&[&MONITORING[..], &["--set", &set]].concat());
            assert!(!objects(&rendered).is_empty());
            rendered
        });
        assert_ne!(rendered[0], rendered[1], "{switch} makes no difference");
    }
}

#[test]
fn the_plain_manifests_are_the_chart_s() {
    let rendered = render(&["--include-crds", "--set", "crd.upgrade=false", "--skip-tests"]);
    let head = "# Generated from charts/kubeblame by `cargo test --test chart`; not to be edited.\n\
                apiVersion: v1\nkind: Namespace\nmetadata:\n  name: kubeblame\n  labels:\n    \
                pod-security.kubernetes.io/enforce: restricted\n";
    let lines: Vec<&str> = rendered.lines().map(str::trim_end).collect();
    keep("deploy/kubeblame.yaml", &format!("{head}{}\n", lines.join("\n")));
}

#[test]
fn no_monitoring_without_its_crds() {
    let objects = objects(&render(&[]));
    for kind in ["ServiceMonitor", "PrometheusRule"] {
        assert!(of_kind(&objects, kind).is_empty(), "{kind}");
    }
    assert_eq!(of_kind(&crate::helm::objects(&render(&MONITORING)), "PrometheusRule").len(), 1);
}

#[test]
fn every_container_is_as_restricted_as_can_be() {
    let rendered = render(&[]);
    let mut containers = 0;
    for object in objects(&rendered) {
        let spec = match object["kind"].as_str() {
            Some("Deployment" | "Job") => &object["spec"]["template"]["spec"],
            Some("Pod") => &object["spec"],
            _ => continue,
        };
        assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        for container in spec["containers"].as_array().expect("containers") {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false);
            assert_eq!(security["readOnlyRootFilesystem"], true);
            assert_eq!(security["runAsNonRoot"], true);
            assert_eq!(security["capabilities"]["drop"][0], "ALL");
            containers += 1;
        }
    }
    assert_eq!(containers, 3, "the controller, the CRD's hook, the test");
}

#[test]
fn nothing_is_granted_wholesale_and_secrets_only_on_request() {
    for (arguments, has_secrets) in [
        (&[][..], false),
        (&["--set", "watchSecrets=true"][..], true),
        (&["--set", "watchNamespaces={a,b}"][..], false),
        (&["--set", "watchNamespaces={a,b},watchSecrets=true"][..], true),
    ] {
        let objects = objects(&render(arguments));
        let roles =
            objects.iter().filter(|o| matches!(o["kind"].as_str(), Some("Role" | "ClusterRole")));
        let mut says_secrets = false;
        for role in roles {
            for rule in role["rules"].as_array().expect("rules") {
                let text = rule.to_string();
                assert!(!text.contains('*'), "{role}");
                says_secrets |= text.contains("\"secrets\"");
            }
        }
        assert_eq!(says_secrets, has_secrets, "{arguments:?}");
    }
}

#[test]
fn with_namespaces_nothing_of_the_cluster_is_read() {
    let objects =
        objects(&render(&["--set", "watchNamespaces={a,b}", "--set", "crd.upgrade=false"]));
    let names = |kind: &str| -> Vec<String> {
        let all = of_kind(&objects, kind).into_iter();
        all.map(|o| o["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
    };
    // What is left asks who may scrape, and is for others to be bound to.
    let mut cluster = names("ClusterRole");
    cluster.sort();
    assert_eq!(cluster, ["kubeblame-metrics-reader", "kubeblame-reviews", "kubeblame-view"]);
    assert_eq!(names("ClusterRoleBinding"), ["kubeblame-reviews"]);
    let mut roles: Vec<_> = of_kind(&objects, "Role")
        .iter()
        .map(|r| r["metadata"]["namespace"].as_str().expect("a namespace").to_owned())
        .collect();
    roles.sort();
    assert_eq!(roles, ["a", "b", "kubeblame"]);
}

#[test]
fn several_replicas_without_an_election_are_refused() {
    let set = ["--set", "leaderElection.enabled=false"];
    let (is_good, said) = helm(&[&["template", "k", "charts/kubeblame"], &set[..]].concat());
    assert!(!is_good && said.contains("leaderElection.enabled"), "{said}");
    render(&[&set[..], &["--set", "replicas=1"]].concat());
}
