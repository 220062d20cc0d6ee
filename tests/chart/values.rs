//! The chart's values: each described, each checked, each in its README.

use crate::helm::helm;
use crate::{keep, read};
use serde_json::Value;
use std::fmt::Write as _;

struct Described {
    key: String,
    default: String,
    text: String,
}

/// The values with their descriptions, in order: comments that begin with `# --`.
fn described() -> Vec<Described> {
    let (mut all, mut path): (Vec<Described>, Vec<(usize, String)>) = (Vec::new(), Vec::new());
    let mut text: Option<String> = None;
    for line in read("charts/kubeblame/values.yaml").lines() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if let Some(said) = trimmed.strip_prefix("# -- ") {
            text = Some(said.to_owned());
            continue;
        }
        let Some((key, default)) = trimmed.split_once(':').filter(|_| !trimmed.starts_with('#'))
        else {
            continue;
        };
        path.retain(|(at, _)| *at < indent);
        path.push((indent, key.to_owned()));
        let parents = path.iter().map(|(_, key)| key.as_str());
        let key = parents.collect::<Vec<_>>().join(".");
        if let Some(text) = text.take() {
            all.push(Described { key, default: default.trim().to_owned(), text });
        }
    }
    all
}

/// Every value that is no map of further described ones.
fn leaves(prefix: &str, value: &Value, described: &[Described], found: &mut Vec<String>) {
    for (key, value) in value.as_object().expect("a map") {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let is_described = described.iter().any(|d| d.key == path);
        if is_described || !value.is_object() {
            found.push(path);
        } else {
            leaves(&path, value, described, found);
        }
    }
}

#[test]
fn every_value_is_described_and_in_the_schema() {
    let described = described();
    let values: Value =
        serde_saphyr::from_str(&read("charts/kubeblame/values.yaml")).expect("YAML");
    let schema: Value =
        serde_json::from_str(&read("charts/kubeblame/values.schema.json")).expect("JSON");
    let mut found = Vec::new();
    leaves("", &values, &described, &mut found);
    assert_eq!(found.len(), described.len(), "a description without a value, or twice");
    for path in &found {
        assert!(described.iter().any(|d| d.key == *path), "{path} is not described");
        let at = path.split('.').try_fold(&schema, |at, key| at["properties"].get(key));
        assert!(at.is_some_and(|at| at.get("type").is_some()), "{path} is not in the schema");
    }
}

#[test]
fn the_readme_tells_every_value() {
    let mut page = String::from(
        "<!-- Generated from values.yaml by `cargo test --test chart`; not to be edited. -->\n\
         # kubeblame\n\n\
         Which change, by whom, broke which container. One BlameReport per workload, metrics, alerts and a dashboard.\n\n\
         ```\nhelm install kubeblame charts/kubeblame --namespace kubeblame --create-namespace\n```\n\n\
         [Install, upgrade, uninstall](../../docs/install.md) · [what it may read](../../docs/security.md) ·\n\
         [sizes](../../docs/sizing.md) · [alerts](../../docs/alerts.md) · [metrics](../../docs/metrics.md)\n\n\
         | Value | Default | Meaning |\n|---|---|---|\n",
    );
    for Described { key, default, text } in described() {
        let default = if default.is_empty() { "see values.yaml" } else { &default };
        writeln!(page, "| `{key}` | `{default}` | {} |", text.replace('|', "\\|"))
            .expect("a string");
    }
    keep("charts/kubeblame/README.md", &page);
}

#[test]
fn a_wrong_value_is_refused_by_its_key() {
    for (set, key) in [
        ("replicas=two", "/replicas"),
        ("replicas=-1", "/replicas"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("image.digest=sha256:abc", "/image/digest"),
        ("watchNamespaces=shop", "/watchNamespaces"),
        ("watchNamespaces={Shop_}", "/watchNamespaces/0"),
        ("watchSecrets=maybe", "/watchSecrets"),
        ("reportRoots=some", "/reportRoots"),
        ("log.format=xml", "/log/format"),
        ("metrics.port=99999", "/metrics/port"),
        ("metrics.secure=1", "/metrics/secure"),
        ("serviceMonitor.interval=often", "/serviceMonitor/interval"),
        ("networkPolicy.apiServerPorts={https}", "/networkPolicy/apiServerPorts/0"),
        ("resources.requests.memory=lots", "/resources/requests/memory"),
        ("relicas=2", "relicas"),
        ("metrics.secur=true", "secur"),
    ] {
        let (is_good, said) = helm(&["template", "k", "charts/kubeblame", "--set", set]);
        assert!(!is_good && said.contains(key), "{set}: {said}");
    }
}
