//! The alerts: promtool's word on them, and that each has a runbook and speaks of metrics
//! that there are.

use crate::helm::{objects, render};
use crate::{read, root};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// The rules as Prometheus reads them: the `spec` of the `PrometheusRule`.
fn rules() -> Value {
    let rendered = render(&["--api-versions", "monitoring.coreos.com/v1/PrometheusRule"]);
    let all = objects(&rendered);
    all.into_iter().find(|o| o["kind"] == "PrometheusRule").expect("one")["spec"].clone()
}

/// Writes the rules beside their tests; promtool finds them there.
fn promtool(arguments: &[&str]) -> Option<String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join("kubeblame-alerts.json");
    let whole = directory.join(format!("kubeblame-alerts-{}.json", std::process::id()));
    std::fs::write(&whole, rules().to_string()).expect("a file");
    std::fs::rename(&whole, &file).expect("a file");
    let tests = read("tests/chart/alerts.test.yaml").replace("RULES", &file.display().to_string());
    std::fs::write(directory.join("alerts.test.yaml"), tests).expect("a file");
    let output = match Command::new("promtool").args(arguments).current_dir(directory).output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "promtool: {error}");
            // Written past the harness, which shows no words of a test that passes.
            let mut out = std::io::stderr().lock();
            _ = writeln!(
                out,
                "NOT RUN: the alerts' own tests: promtool (Debian's package prometheus): {error}"
            );
            return None;
        }
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    Some(said)
}

#[test]
fn promtool_finds_them_good_and_they_fire_when_they_should() {
    let Some(said) = promtool(&["check", "rules", "kubeblame-alerts.json"]) else { return };
    assert!(said.contains("SUCCESS"), "{said}");
    promtool(&["test", "rules", "alerts.test.yaml"]);
}

#[test]
fn each_alert_has_a_test_and_a_runbook_and_speaks_of_what_there_is() {
    let tests = read("tests/chart/alerts.test.yaml");
    let mut alerts = Vec::new();
    for group in rules()["groups"].as_array().expect("groups") {
        for rule in group["rules"].as_array().expect("rules") {
            let name = rule["alert"].as_str().expect("a name");
            alerts.push(name.to_owned());
            let runbook = rule["annotations"]["runbook_url"].as_str().expect("a runbook");
            assert!(runbook.ends_with(&format!("/docs/runbooks/{name}.md")), "{runbook}");
            let page = read(format!("docs/runbooks/{name}.md"));
            for heading in ["## What it means", "## What to do", "## When it is wrong"] {
                assert!(page.contains(heading), "{name}: {heading}");
            }
            assert!(tests.contains(&format!("alertname: {name}")), "{name} has no test");
            speaks_of_known_metrics(rule["expr"].as_str().expect("an expression"));
        }
    }
    let pages = std::fs::read_dir(root().join("docs/runbooks")).expect("runbooks");
    for page in pages {
        let name = page.expect("a page").file_name().into_string().expect("a name");
        let name = name.trim_end_matches(".md");
        assert!(alerts.iter().any(|alert| alert == name), "the runbook {name} has no alert");
    }
}

/// Every word of an expression that begins as our metrics do is one of them.
pub(crate) fn speaks_of_known_metrics(expression: &str) {
    let words = expression.split(|c: char| !c.is_alphanumeric() && c != '_');
    for word in words.filter(|word| word.starts_with("kubeblame_")) {
        let name = ["_bucket", "_count", "_sum"].iter().find_map(|end| word.strip_suffix(end));
        let is_known = kubeblame::metrics::CATALOGUE
            .iter()
            .any(|entry| entry.name == word || Some(entry.name) == name);
        assert!(is_known, "{word} is no metric: {expression}");
    }
}
