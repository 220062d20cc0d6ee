//! The story: well, broken, blamed, undone, well again.

use crate::home::Home;
use crate::screen::{progress, show, show_whatever_it_says};
use local_cluster::{Error, poll};
use std::fmt::Write as _;
use std::time::Duration;

const ROOT: &str = "deployment/my-busybox";
const REPORT: &str = "blamereport/my-busybox";
const VERDICT: &str = "{.status.verdict}";
const FAILING_PODS: &str = "{.status.findings[0].symptom.pods}";
const RESTARTS: &str = "{.items[*].status.containerStatuses[*].restartCount}";
const PATIENCE: Duration = Duration::from_secs(90);

/// What runs before and after the change: an image, and a command where it needs one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) before: (&'static str, &'static [&'static str]),
    pub(crate) after: (&'static str, &'static [&'static str]),
}

/// Tells it, from the first rollout to the last.
pub(crate) fn tell(home: &Home) -> Result<(), Error> {
    let (before, after) = (home.cast.before, home.cast.after);
    home.write("v1.yaml", &manifest(before))?;
    home.write("v2.yaml", &manifest(after))?;

    show(home, "kubectl apply -f v1.yaml")?;
    reaches(home, REPORT, VERDICT, "Healthy")?;
    show(home, "kubectl get blamereports")?;

    show_whatever_it_says(home, "diff v1.yaml v2.yaml")?;
    show(home, "kubectl apply -f v2.yaml")?;
    // A pod without a readiness probe is Ready between two crashes. Where both pods are at
    // one moment, this calls the rollout a success; else it waits for as long as it may.
    let status = "kubectl rollout status deployment/my-busybox --timeout=15s";
    show_whatever_it_says(home, status)?;
    reaches(home, REPORT, VERDICT, "Failing")?;
    reaches(home, REPORT, FAILING_PODS, "2")?;
    progress("waiting for the first restarts");
    poll("the restart of both pods", PATIENCE, || {
        let counts =
            home.ask(&["get", "pods", "-l", "app=my-busybox", "-o", &path(RESTARTS)]).ok()?;
        let counts: Vec<u32> = counts.split(' ').filter_map(|n| n.parse().ok()).collect();
        (counts.len() == 2 && counts.iter().all(|n| *n > 0)).then_some(())
    })?;
    show(home, "kubectl get blamereports")?;
    show(home, "kubectl describe blamereport my-busybox")?;
    show(home, "kubectl blame deployment my-busybox")?;
    let pod =
        home.ask(&["get", REPORT, "-o", &path("{.status.findings[0].symptom.examples[0]}")])?;
    show(home, &format!("kubectl blame pod {pod}"))?;

    let remedy = home.ask(&["get", REPORT, "-o", &path("{.status.findings[0].remedy}")])?;
    if !remedy.starts_with("kubectl rollout undo ") {
        return Err(Error::new(format!("the report's remedy is no command to undo: {remedy:?}")));
    }
    show(home, &remedy)?;
    show(home, "kubectl wait --for=condition=Healthy blame/my-busybox --timeout=90s")?;
    show(home, "kubectl get blamereports")
}

fn path(field: &str) -> String {
    format!("jsonpath={field}")
}

fn reaches(home: &Home, object: &str, field: &str, wanted: &str) -> Result<(), Error> {
    poll(&format!("{object} having {field}={wanted}"), PATIENCE, || {
        let value = home.ask(&["get", object, "-o", &path(field)]).ok()?;
        (value == wanted).then_some(())
    })
    .map_err(|error| {
        let report = home.ask(&["get", REPORT, "-o", "yaml"]).unwrap_or_else(|e| e.to_string());
        let pods = home.ask(&["get", "pods"]).unwrap_or_else(|e| e.to_string());
        Error::new(format!("{error} ({ROOT})\n{report}\n{pods}"))
    })
}

fn manifest((image, command): (&str, &[&str])) -> String {
    let mut text = format!(
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: my-busybox
spec:
  replicas: 2
  selector:
    matchLabels:
      app: my-busybox
  template:
    metadata:
      labels:
        app: my-busybox
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: {image}
"
    );
    if !command.is_empty() {
        // Writing to a String cannot fail.
        _ = writeln!(text, "        command: {command:?}");
    }
    text
}
