//! A real Prometheus (Debian's package) that scrapes the pods and evaluates the chart's alerts.

use super::ensure;
use super::release::{NAMESPACE, Release};
use crate::bed::free_port;
use crate::stage::PATIENCE;
use crate::{Failure, Outcome};
use local_cluster::poll;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

const PROGRAM: &str = "/usr/bin/prometheus";
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/kubeblame");
/// The three who scrape: their job's name, and the service account whose token they have.
const SCRAPERS: [(&str, Option<&str>); 3] =
    [("allowed", Some("prometheus")), ("nobody", None), ("stranger", Some("stranger"))];

pub(super) struct Prometheus {
    port: u16,
}

impl Prometheus {
    /// Starts it as a part of the cluster; `None` where it is not installed, except under CI.
    pub(super) fn start(release: &Release<'_>) -> Result<Option<Self>, Failure> {
        if !Path::new(PROGRAM).exists() {
            ensure(std::env::var_os("CI").is_none(), || format!("{PROGRAM} is missing"))?;
            eprintln!("NOT RUN: scrapes by Prometheus: {PROGRAM} (Debian's package prometheus)");
            return Ok(None);
        }
        let cluster = release.cluster;
        let home = cluster.dir().join("prometheus");
        std::fs::create_dir_all(&home)?;
        cluster.kubectl_run(&["create", "namespace", "monitoring"])?;
        let mut jobs = Vec::new();
        let ips = [
            "get",
            "pods",
            "-n",
            NAMESPACE,
            "-l",
            "app.kubernetes.io/name=kubeblame",
            "--field-selector=status.phase=Running",
            "-o",
            "jsonpath={.items[*].status.podIP}",
        ];
        let ips = cluster.kubectl_run(&ips)?;
        let targets: Vec<String> = ips.split_whitespace().map(|ip| format!("{ip}:8443")).collect();
        ensure(targets.len() == 2, || format!("the pods' addresses: {ips}"))?;
        for (job, account) in SCRAPERS {
            let mut scrape = json!({
                "job_name": job, "scheme": "https", "honor_labels": true,
                "tls_config": { "insecure_skip_verify": true },
                "static_configs": [{ "targets": targets }],
            });
            if let Some(account) = account {
                let create = ["-n", "monitoring", "create"];
                cluster.kubectl_run(&[&create[..], &["serviceaccount", account]].concat())?;
                let token = cluster.kubectl_run(&[&create[..], &["token", account]].concat())?;
                let file = home.join(format!("{account}.token"));
                std::fs::write(&file, token.trim())?;
                scrape["authorization"] = json!({ "credentials_file": file });
            }
            jobs.push(scrape);
        }
        cluster.kubectl_run(&[
            "create",
            "clusterrolebinding",
            "scrape",
            "--clusterrole=kubeblame-metrics-reader",
            "--serviceaccount=monitoring:prometheus",
        ])?;
        std::fs::write(home.join("rules.yml"), rules(release)?)?;
        let config = json!({
            "global": { "scrape_interval": "1s", "evaluation_interval": "1s" },
            "rule_files": ["rules.yml"],
            "scrape_configs": jobs,
        });
        std::fs::write(home.join("prometheus.yml"), config.to_string())?;
        let port = free_port()?;
        let flag = |name: &str, value: &dyn std::fmt::Display| format!("--{name}={value}");
        let argv = [
            PROGRAM.to_owned(),
            flag("config.file", &home.join("prometheus.yml").display()),
            flag("storage.tsdb.path", &home.join("data").display()),
            flag("web.listen-address", &format!("127.0.0.1:{port}")),
        ];
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        let ready = format!("http://127.0.0.1:{port}/-/ready");
        cluster.start_program("prometheus", &argv, &[], &ready)?;
        Ok(Some(Self { port }))
    }

    fn get(&self, path: &str) -> Result<Value, Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        // HTTP/1.0: the answer ends with the connection, and is not chunked.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: prometheus\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        Ok(serde_json::from_str(body)?)
    }

    /// Waits until each of the three was answered as it should be.
    pub(super) fn scrapes_who_may(&self) -> Outcome {
        let mut seen = String::new();
        let answered = poll("the three scrapes", PATIENCE, || {
            let targets = self.get("/api/v1/targets").ok()?;
            let all = targets["data"]["activeTargets"].as_array()?;
            let is_so = |job: &str, health: &str, error: &str| {
                let of_job: Vec<_> = all.iter().filter(|t| t["labels"]["job"] == job).collect();
                of_job.len() == 2
                    && of_job.iter().all(|target| {
                        target["health"] == health
                            && target["lastError"].as_str().is_some_and(|e| e.contains(error))
                    })
            };
            let is_all = is_so("allowed", "up", "")
                && is_so("nobody", "down", "401 Unauthorized")
                && is_so("stranger", "down", "403 Forbidden");
            let lines = all.iter().map(|t| format!("{} {}", t["labels"], t["lastError"]));
            seen = lines.collect::<Vec<_>>().join("\n");
            is_all.then_some(())
        });
        answered.map_err(|error| format!("{error}:\n{seen}").into())
    }

    /// Waits until `RolloutFailing` fires, and its text says all this.
    pub(super) fn alert_says(&self, words: &[&str]) -> Outcome {
        let mut seen = String::new();
        let fires = poll("the alert RolloutFailing", PATIENCE, || {
            let alerts = self.get("/api/v1/alerts").ok()?;
            seen = alerts.to_string();
            alerts["data"]["alerts"].as_array()?.iter().find_map(|alert| {
                let is_it =
                    alert["labels"]["alertname"] == "RolloutFailing" && alert["state"] == "firing";
                let text = alert["annotations"].to_string();
                (is_it && words.iter().all(|word| text.contains(word))).then_some(())
            })
        });
        fires.map_err(|error| format!("{error}; alerts: {seen}").into())
    }
}

/// The chart's alerts, as the operator of Prometheus would hand them over.
fn rules(release: &Release<'_>) -> Result<String, Failure> {
    let rendered = release.helm(&[
        "template",
        "kubeblame",
        CHART,
        "--api-versions",
        "monitoring.coreos.com/v1/PrometheusRule",
        "--show-only",
        "templates/monitoring.yaml",
    ])?;
    let (_, spec) = rendered.split_once("\nspec:\n").ok_or("no PrometheusRule")?;
    let lines = spec.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
